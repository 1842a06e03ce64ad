import WireJSON

/// A message of JSON-RPC 2.0 as it comes in.
enum RPCMessage {
    case response(id: Int, Result<JSONValue, MCPFailure>)
    case request(id: JSONValue, method: String)
    case notification(method: String, params: JSONValue)

    /// Reads a message, or several: version 2025-03-26 lets a server send a batch. Nil if it is none.
    static func read(_ value: JSONValue) -> [RPCMessage]? {
        if let batch = value.elements {
            let messages = batch.compactMap { RPCMessage($0) }
            return messages.isEmpty ? nil : messages
        }
        return RPCMessage(value).map { [$0] }
    }

    init?(_ value: JSONValue) {
        guard value.members != nil, value["jsonrpc"]?.text == "2.0" else { return nil }
        if let method = value["method"]?.text {
            if let id = value["id"] {
                // Only what an id may be is sent back.
                guard id.text != nil || id.integer != nil else { return nil }
                self = .request(id: id, method: method)
            } else {
                self = .notification(method: method, params: value["params"] ?? [:])
            }
            return
        }
        guard let id = value["id"]?.integer else { return nil }
        if let error = value["error"], error != .null {
            let code = error["code"]?.integer ?? 0
            let words = (error["message"]?.text ?? "no message").shortened(to: 2000)
            self = .response(id: id, .failure(MCPFailure(.refused(code: code), "answered with an error: \(words)")))
        } else if let result = value["result"] {
            self = .response(id: id, .success(result))
        } else {
            return nil
        }
    }

    static func request(_ id: Int, _ method: String, _ params: JSONValue?) -> [UInt8] {
        encode([.init("id", .int(id)), .init("method", .string(method))], params)
    }

    static func notification(_ method: String, _ params: JSONValue?) -> [UInt8] {
        encode([.init("method", .string(method))], params)
    }

    static func answer(_ id: JSONValue, _ result: JSONValue) -> [UInt8] {
        encode([.init("id", id), .init("result", result)], nil)
    }

    static func methodNotFound(_ id: JSONValue, _ method: String) -> [UInt8] {
        let error: JSONValue = ["code": -32601, "message": .string("this client has no \(method.shortened(to: 100))")]
        return encode([.init("id", id), .init("error", error)], nil)
    }

    private static func encode(_ members: [JSONValue.Member], _ params: JSONValue?) -> [UInt8] {
        let tail = params.map { [JSONValue.Member("params", $0)] } ?? []
        return JSONValue.object([.init("jsonrpc", "2.0")] + members + tail).json
    }
}

extension JSONValue {
    /// Reads a message's bytes; nil if they are no JSON.
    static func parsed(_ bytes: UnsafeRawBufferPointer) -> JSONValue? {
        try? JSONReader.read(bytes) { try JSONValue(&$0) }
    }
}

extension String {
    /// The string, cut at a character's end so that it has at most so many bytes of UTF-8, and `…` if it was cut.
    func shortened(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var kept = ""
        var count = 0
        for character in self {
            count += character.utf8.count
            if count > limit { break }
            kept.append(character)
        }
        return kept + "…"
    }
}
