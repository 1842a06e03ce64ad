import CCurl
import Foundation
import HTTPTypes

/// A libcurl easy handle whose unchanging options are set once. Confined to its multi handle's loop.
final class EasyHandle {
    let handle: OpaquePointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    /// The URL that is set.
    private var url = ""

    private var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(handle) }

    init?(multi: CurlMulti) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = OpaquePointer(handle)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        _ = ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
        _ = ccurl_set_long(raw, CURLOPT_NOSIGNAL, 1)
        // Without it, ending a transfer waits on the loop for a name look-up that is under way in its thread.
        _ = ccurl_set_long(raw, CURLOPT_QUICK_EXIT, 1)
        _ = ccurl_set_string(raw, CURLOPT_PROTOCOLS_STR, "http,https")
        if let caFile = multi.caFile { _ = ccurl_set_string(raw, CURLOPT_CAINFO, caFile) }
        // A proxy's answer to CONNECT is not the response's head.
        _ = ccurl_set_long(raw, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        _ = ccurl_set_long(raw, CURLOPT_BUFFERSIZE, 4096)
        _ = ccurl_set_data_function(raw, CURLOPT_WRITEFUNCTION, bodyArrived)
        _ = ccurl_set_data_function(raw, CURLOPT_HEADERFUNCTION, headerArrived)
        let context = Unmanaged.passUnretained(multi).toOpaque()
        _ = ccurl_set_open_function(raw, socketIsToOpen, context)
        _ = ccurl_set_close_function(raw, socketIsToClose, context)
    }

    func close() {
        forgetRequest()
        curl_easy_cleanup(raw)
        errorText.deallocate()
    }

    /// libcurl's words for the last failure; empty if it has none.
    var lastError: String { String(cString: errorText) }

    func prepare(_ request: HTTPClientRequest, for transfer: Transfer) throws(HTTPClientError) {
        errorText[0] = 0
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        _ = ccurl_set_pointer(raw, CURLOPT_WRITEDATA, context)
        _ = ccurl_set_pointer(raw, CURLOPT_HEADERDATA, context)
        setURL(request.url)
        let (seconds, attoseconds) = request.connectTimeout.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        _ = ccurl_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, min(milliseconds, 86_400_000))))
        setMethod(request)
        try setHeaders(request)
    }

    /// Sets what follows from the URL, which is mostly the same as the last time.
    private func setURL(_ url: String) {
        guard url != self.url else { return }
        self.url = url
        _ = ccurl_set_string(raw, CURLOPT_URL, url)
        // HTTP/2 where TLS can agree on it: new requests then wait for the handshake to share the connection. Without
        // TLS there is nothing to wait for but the first response, which may take minutes.
        let isSecure = url.prefix(8).lowercased() == "https://"
        _ = ccurl_set_long(
            raw,
            CURLOPT_HTTP_VERSION,
            Int(isSecure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        )
        _ = ccurl_set_long(raw, CURLOPT_PIPEWAIT, isSecure ? 1 : 0)
        // Proxies are the environment's, as libcurl reads them; but no proxy knows a way to this machine's own servers.
        _ = ccurl_set_string(raw, CURLOPT_PROXY, isLoopback(url) ? "" : nil)
    }

    private func setMethod(_ request: HTTPClientRequest) {
        _ = ccurl_set_long(raw, CURLOPT_NOBODY, 0)
        if request.body.isEmpty && request.method != .post {
            _ = ccurl_set_long(raw, CURLOPT_HTTPGET, 1)
            if request.method == .head { _ = ccurl_set_long(raw, CURLOPT_NOBODY, 1) }
        } else {
            _ = ccurl_set_long(raw, CURLOPT_POST, 1)
            _ = ccurl_set_size(raw, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
            // A null pointer would make libcurl ask a read function for the empty body.
            let body = request.body.isEmpty ? [0] : request.body
            body.withUnsafeBytes { bytes in
                _ = ccurl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
        }
        let isStandard = request.method == .get || request.method == .post || request.method == .head
        _ = ccurl_set_string(raw, CURLOPT_CUSTOMREQUEST, isStandard ? nil : request.method.rawValue)
    }

    private func setHeaders(_ request: HTTPClientRequest) throws(HTTPClientError) {
        freeHeaders()
        // libcurl would wait for `100 Continue` before a large body, and call every body a form.
        try add(header: "Expect:", request)
        if request.headers[.contentType] == nil { try add(header: "Content-Type:", request) }
        for field in request.headers {
            try add(header: field.name.rawName + (field.value.isEmpty ? ";" : ": " + field.value), request)
        }
        _ = ccurl_set_headers(raw, headers)
    }

    private func add(header line: String, _ request: HTTPClientRequest) throws(HTTPClientError) {
        guard let longer = curl_slist_append(headers, line) else {
            throw HTTPClientError(.badResponse, detail: "out of memory", url: request.url)
        }
        headers = longer
    }

    /// Drops what the last request left, its keys above all.
    func forgetRequest() {
        freeHeaders()
        _ = ccurl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, nil)
    }

    private func freeHeaders() {
        _ = ccurl_set_headers(raw, nil)
        curl_slist_free_all(headers)
        headers = nil
    }
}

/// Whether a URL's host is this machine by its name or address.
private func isLoopback(_ url: String) -> Bool {
    guard let scheme = url.range(of: "://") else { return false }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.drop { $0 != "@" }.dropFirst()
    let name = (host.isEmpty ? authority : host).lowercased()
    if name.hasPrefix("[") { return name.hasPrefix("[::1]") }
    let plain = name.prefix { $0 != ":" }
    if plain == "localhost" || plain.hasSuffix(".localhost") { return true }
    let parts = plain.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    // The context is the transfer in `prepare`, which its multi handle keeps until it has ended.
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private let bodyArrived: ccurl_data_function = { bytes, size, count, context in
    guard let transfer = transfer(context) else { return 0 }
    return transfer.receivedBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private let headerArrived: ccurl_data_function = { bytes, size, count, context in
    guard let transfer = transfer(context) else { return 0 }
    return transfer.receivedHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private let socketIsToClose: ccurl_close_function = { context, descriptor in
    guard let context else { return 1 }
    // The context is the multi handle, which outlives the connections of its handles.
    Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue().close(descriptor)
    return 0
}

private let socketIsToOpen: ccurl_open_function = { context, _, address in
    guard let address else { return CURL_SOCKET_BAD }
    let descriptor = ccurl_private_socket(address)
    if let context, descriptor != CURL_SOCKET_BAD {
        Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue().opened(descriptor)
    }
    return descriptor
}
