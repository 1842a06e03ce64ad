import WireJSON

/// What a call of a tool gave, as the text that the model reads.
struct CallResult: Equatable {
    let text: String
    /// Whether the tool itself says that it failed.
    let isError: Bool

    /// Reads the result of `tools/call`: texts are joined, and what is no text is described.
    init(_ result: JSONValue, limit: Int) throws(MCPFailure) {
        let contents = result["content"]?.elements
        let structured = result["structuredContent"].flatMap { $0 == .null ? nil : $0 }
        guard contents != nil || structured != nil else {
            throw MCPFailure(.badAnswer, "answered tools/call with something that is no result")
        }
        var text = ""
        for content in contents ?? [] {
            let piece = Self.words(for: content)
            guard !piece.isEmpty else { continue }
            text += text.isEmpty ? piece : "\n" + piece
            // No more than what is shown and what tells that it was cut.
            if text.utf8.count > limit { break }
        }
        if text.isEmpty, let structured { text = structured.jsonText }
        self.text =
            text.utf8.count > limit
            ? text.shortened(to: limit) + "\n(the result was cut here: it is over \(limit) bytes)" : text
        isError = result["isError"]?.boolean ?? false
    }

    private static func words(for content: JSONValue) -> String {
        switch content["type"]?.text {
        case "text": content["text"]?.text ?? ""
        case "image": unshown("an image", content["mimeType"], content["data"])
        case "audio": unshown("a sound", content["mimeType"], content["data"])
        case "resource": words(forResource: content["resource"] ?? [:])
        case "resource_link":
            "(a link to the resource \(short(content["uri"]) ?? "without an address")"
                + (short(content["description"] ?? content["name"]).map { ": \($0)" } ?? "") + ")"
        case let type: "(something of the kind “\((type ?? "none").shortened(to: 60))”, which cannot be shown)"
        }
    }

    private static func words(forResource resource: JSONValue) -> String {
        let address = short(resource["uri"]) ?? "without an address"
        if let text = resource["text"]?.text { return "(the resource \(address):)\n\(text)" }
        return unshown("the resource \(address)", resource["mimeType"], resource["blob"])
    }

    private static func unshown(_ what: String, _ type: JSONValue?, _ base64: JSONValue?) -> String {
        let bytes = (base64?.text?.utf8.count ?? 0) / 4 * 3
        return "(\(what) of type \(short(type) ?? "unknown"), about \(bytes) bytes, which cannot be shown here)"
    }

    private static func short(_ value: JSONValue?) -> String? { value?.text?.shortened(to: 500) }
}
