import Foundation
import SwiftProtobuf

/// Finds which part of a JSON request does not fit its message, as SwiftProtobuf's errors do not tell.
///
/// No field of proto3 is required, so each part of a document can be tried alone: the first that fails is the culprit.
enum JSONDiagnosis {
    static func explain<Request: Message>(
        _ error: any Error,
        in body: [UInt8],
        as type: Request.Type
    ) -> ServiceError {
        guard !body.allSatisfy({ $0 <= 0x20 }) else {
            return .invalid("the body is empty: it must be a JSON object, such as {\"spec\":{\"message\":\"hello\"}}")
        }
        let document: Any
        do {
            document = try JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)
        } catch {
            return .invalid("the body is not JSON: \(words(error))")
        }
        guard document is [String: Any] else {
            return .invalid("the body must be a JSON object, not \(shown(document))")
        }
        var budget = probedBytes
        // Foundation lets pass a comma before a closing bracket, which is no JSON.
        guard problem(document, as: type, &budget) != nil else {
            return .invalid("the body is not JSON: is there a comma before a closing } or ]?")
        }
        var path: [Step] = []
        var culprit = document
        var reason = error
        while let (step, value, problem) = firstFailing(in: culprit, at: path, as: type, &budget) {
            path.append(step)
            culprit = value
            reason = problem
        }
        guard budget > 0 else {
            return .invalid("the body does not fit the message, somewhere in \(path.isEmpty ? "it" : name(path))")
        }
        return .invalid(sentence(reason, name(path), culprit))
    }

    private enum Step {
        case key(String)
        case index(Int)
    }

    /// What a diagnosis may read in all: it runs on an event loop, and a body may be made to be hard to diagnose.
    private static let probedBytes = 2 * 1024 * 1024

    /// The first part that fails alone, found by halving, so that a part among thousands costs a few probes.
    private static func firstFailing<Request: Message>(
        in value: Any,
        at path: [Step],
        as type: Request.Type,
        _ budget: inout Int
    ) -> (Step, Any, any Error)? {
        let parts: [(step: Step, value: Any)] =
            switch value {
            case let object as [String: Any]: object.sorted { $0.key < $1.key }.map { (.key($0.key), $0.value) }
            case let array as [Any]: array.enumerated().map { (.index($0.offset), $0.element) }
            default: []
            }
        var suspects = parts[...]
        while suspects.count > 1 {
            let half = suspects.prefix(suspects.count / 2)
            let container: Any =
                if value is [Any] { half.map(\.value) } else {
                    half.reduce(into: [String: Any]()) { if case .key(let key) = $1.step { $0[key] = $1.value } }
                }
            let fails = problem(wrapped(container, in: path), as: type, &budget) != nil
            guard budget > 0 else { return nil }
            suspects = fails ? half : suspects.dropFirst(half.count)
        }
        guard let suspect = suspects.first,
            let problem = problem(wrapped(suspect.value, in: path + [suspect.step]), as: type, &budget)
        else { return nil }
        return (suspect.step, suspect.value, problem)
    }

    private static func wrapped(_ value: Any, in path: [Step]) -> Any {
        path.reversed().reduce(value) { inner, step in
            switch step {
            case .key(let key): [key: inner]
            case .index: [inner]
            }
        }
    }

    private static func problem<Request: Message>(
        _ document: Any,
        as type: Request.Type,
        _ budget: inout Int
    ) -> (any Error)? {
        do {
            let data = try JSONSerialization.data(withJSONObject: document)
            budget -= data.count
            _ = try Request(jsonUTF8Bytes: [UInt8](data))
            return nil
        } catch {
            return error
        }
    }

    private static func name(_ path: [Step]) -> String {
        path.reduce("") { text, step in
            switch step {
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            case .index(let index): "\(text)[\(index)]"
            }
        }
    }

    private static func sentence(_ error: any Error, _ path: String, _ value: Any) -> String {
        guard !path.isEmpty else { return "the body does not fit the message: \(error)" }
        if case JSONDecodingError.unknownField(let field) = error {
            return "unknown field \(path.isEmpty ? field : path): is it misspelt?"
        }
        let expected: String? =
            switch error {
            case JSONDecodingError.malformedNumber, JSONDecodingError.numberRange: "a number of its type and range"
            case JSONDecodingError.malformedString: "a string"
            case JSONDecodingError.malformedBool: "true or false"
            case JSONDecodingError.unrecognizedEnumValue: "one of the known names"
            case JSONDecodingError.malformedTimestamp: "an RFC 3339 time"
            default: nil
            }
        let what = expected.map { "must be \($0)" } ?? "has the wrong type"
        return "\(path) \(what), not \(shown(value))"
    }

    private static func shown(_ value: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: value,
            options: [.fragmentsAllowed, .withoutEscapingSlashes]
        )
        let text = data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
        return text.count > 80 ? text.prefix(80) + "…" : text
    }

    private static func words(_ error: any Error) -> String {
        let info = (error as NSError).userInfo
        return (info["NSDebugDescription"] as? String) ?? error.localizedDescription
    }
}
