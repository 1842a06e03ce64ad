#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a script cannot go on.
enum ScriptedSocketError: Error {
    case peerClosed
    case stopped
    case malformedRequest(String)
}

/// One accepted connection, read and written with blocking calls by the one thread that owns it.
final class ScriptedSocket {
    let descriptor: Int32
    let connection: Int
    private let core: ScriptedUpstreamCore
    private var pending: [UInt8] = []

    init(descriptor: Int32, connection: Int, core: ScriptedUpstreamCore) {
        self.descriptor = descriptor
        self.connection = connection
        self.core = core
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                    Glibc.send(
                        descriptor,
                        buffer.baseAddress.map { $0 + sent },
                        buffer.count - sent,
                        Int32(MSG_NOSIGNAL)
                    )
                #else
                    Darwin.send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, 0)
                #endif
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ended() }
            sent += count
        }
    }

    /// Waits for `condition`, and for the peer's closing at the same time.
    func wait(until condition: () -> Bool) throws {
        while !condition() {
            if core.isStopped { throw ScriptedSocketError.stopped }
            var byte: UInt8 = 0
            let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { throw ended() }
            usleep(1000)
        }
    }

    func shutdown() { _ = shutdownBothWays(descriptor) }

    /// Makes the coming close a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads the next request; nil if the peer closed in between two.
    func readRequest() throws -> RecordedRequest? {
        let separator = Array("\r\n\r\n".utf8)
        var headEnd = pending.firstRange(of: separator)
        while headEnd == nil {
            guard try receive() else {
                if pending.isEmpty { return nil }
                throw ScriptedSocketError.malformedRequest("cut in its head")
            }
            headEnd = pending.firstRange(of: separator)
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: pending[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
        pending.removeSubrange(..<headEnd.upperBound)
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3 else { throw ScriptedSocketError.malformedRequest("\(lines)") }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? parts[1].trimmingPrefix(while: \.isWhitespace).description : "")
        }
        func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        if value("expect")?.lowercased() == "100-continue" { try send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        let body =
            value("transfer-encoding") == nil
            ? try read(Int(value("content-length") ?? "0") ?? 0) : try readChunkedBody()
        return RecordedRequest(
            connection: connection,
            method: String(words[0]),
            path: String(words[1]),
            headers: headers,
            body: body
        )
    }

    private func readChunkedBody() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let size = Int(try readLine(), radix: 16) else {
                throw ScriptedSocketError.malformedRequest("chunk size")
            }
            body += try read(size)
            _ = try readLine()
            if size == 0 { return body }
        }
    }

    private func readLine() throws -> String {
        while true {
            if let end = pending.firstRange(of: Array("\r\n".utf8)) {
                let line = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
                pending.removeSubrange(..<end.upperBound)
                return line
            }
            guard try receive() else { throw ScriptedSocketError.malformedRequest("cut in its body") }
        }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        while pending.count < count {
            guard try receive() else { throw ScriptedSocketError.malformedRequest("cut in its body") }
        }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    /// Appends what comes next; false if the peer has closed.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            if core.isStopped { throw ScriptedSocketError.stopped }
            if count <= 0 {
                core.peerClosed(connection)
                return false
            }
            pending += buffer[..<count]
            return true
        }
    }

    private func ended() -> ScriptedSocketError {
        if core.isStopped { return .stopped }
        core.peerClosed(connection)
        return .peerClosed
    }
}

/// `shutdown(2)`, whose name the methods above take.
func shutdownBothWays(_ descriptor: Int32) -> Int32 {
    #if canImport(Glibc)
        Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
    #else
        Darwin.shutdown(descriptor, SHUT_RDWR)
    #endif
}
