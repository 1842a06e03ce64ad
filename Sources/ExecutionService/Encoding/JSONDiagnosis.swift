import SwiftProtobuf
import WireJSON

/// Finds which part of a JSON request does not fit its message, as SwiftProtobuf's errors do not tell.
///
/// No field of proto3 is required, so each part of a document can be tried alone, inside what stands around it.
enum JSONDiagnosis {
    static func explain<Request: Message>(
        _ error: any Error,
        in body: [UInt8],
        as type: Request.Type
    ) -> ServiceError {
        guard !body.allSatisfy({ $0 <= 0x20 }) else {
            return .invalid("the body is empty: it must be a JSON object, such as {\"spec\":{\"message\":\"hello\"}}")
        }
        do {
            let kind = try body.withUnsafeBytes { text in
                try JSONReader.read(text) { reader in
                    let kind = try reader.peekKind()
                    try reader.skipValue()
                    return kind
                }
            }
            guard kind == .object else {
                return .invalid("the body must be a JSON object, not \(shown(body[...]))")
            }
        } catch {
            return .invalid("the body is not JSON: \(error)")
        }
        var search = Search<Request>(body: body, reason: error)
        search.run()
        return .invalid(sentence(search))
    }

    enum Step {
        case key(String)
        case index(Int)
    }

    private static func sentence<Request>(_ search: Search<Request>) -> String {
        let path = name(search.path)
        let error = search.reason
        guard search.isFound else {
            let place = path.isEmpty ? "the body" : path
            return "\(place) does not fit the message: \(description(error))"
        }
        if case JSONDecodingError.unknownField = error { return "unknown field \(path): is it misspelt?" }
        if case JSONDecodingError.messageDepthLimit = error { return "\(path) is nested too deeply" }
        let expected: String? =
            switch error {
            case JSONDecodingError.malformedNumber, JSONDecodingError.numberRange: "a number of its type and range"
            case JSONDecodingError.malformedString: "a string"
            case JSONDecodingError.malformedBool: "true or false"
            case JSONDecodingError.unrecognizedEnumValue: "one of the known names"
            case JSONDecodingError.malformedTimestamp: "an RFC 3339 time"
            default: search.expectedKind
            }
        let what = expected.map { "must be \($0)" } ?? "has the wrong type"
        return "\(path) \(what), not \(shown(search.culprit))"
    }

    private static func description(_ error: any Error) -> String {
        switch error {
        case JSONDecodingError.unknownField(let name): "it has the unknown field \(name.debugDescription)"
        case JSONDecodingError.conflictingOneOf: "only one of several fields may be given, and two are"
        default: "\(error)"
        }
    }

    private static func name(_ path: [Step]) -> String {
        let name = path.reduce("") { text, step in
            switch step {
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            case .index(let index): "\(text)[\(index)]"
            }
        }
        return name.count > 200 ? name.prefix(200) + "…" : name
    }

    /// A value as it was written.
    private static func shown(_ json: ArraySlice<UInt8>) -> String {
        let isSpace: (UInt8) -> Bool = { $0 <= 0x20 }
        let text = String(decoding: json.drop(while: isSpace).prefix(400), as: UTF8.self)
        return text.count > 80 ? text.prefix(80) + "…" : text
    }
}
