import Foundation
import SwiftProtobuf

extension JSONDiagnosis {
    /// Goes down into the part that fails, halving each container, so that the cost stays near the document's size.
    struct Search<Request: Message> {
        private(set) var path: [Step] = []
        private(set) var culprit: Any
        private(set) var reason: any Error
        /// Whether `culprit` fails for what it is itself; else it is as near as the search came.
        private(set) var isFound = false
        /// How many more bytes may be tried: this runs on an event loop.
        private var budget = 24 * 1024 * 1024

        init(culprit: Any, reason: any Error) {
            self.culprit = culprit
            self.reason = reason
        }

        mutating func run() {
            while true {
                let parts = JSONDiagnosis.parts(of: culprit)
                if !path.isEmpty, let problem = problem(with: JSONDiagnosis.empty(like: culprit)) {
                    // What is in it does not matter: it is of the wrong type, or unknown.
                    reason = problem
                    isFound = true
                    return
                }
                guard let (step, value, problem) = firstFailing(parts) else { return }
                path.append(step)
                culprit = value
                reason = problem
            }
        }

        /// The kind of value that would fit; nil if none of JSON's does.
        var expectedKind: String? {
            var search = self
            let kinds: [(String, Any)] = [
                ("an object", [String: Any]()), ("an array", [Any]()), ("a string", ""), ("a number", 0),
                ("true or false", true),
            ]
            return kinds.first { search.problem(with: $0.1) == nil }?.0
        }

        private mutating func firstFailing(_ parts: [(step: Step, value: Any)]) -> (Step, Any, any Error)? {
            var range = parts[...]
            var problem: (any Error)?
            while range.count > 1, budget > 0 {
                let half = range.prefix(range.count / 2)
                if let found = self.problem(with: JSONDiagnosis.container(half)) {
                    problem = found
                    range = half
                } else {
                    range = range.dropFirst(range.count / 2)
                }
            }
            guard range.count == 1, let last = range.first else { return nil }
            problem = self.problem(with: JSONDiagnosis.container(range))
            return problem.map { (last.step, last.value, $0) }
        }

        private mutating func problem(with value: Any) -> (any Error)? {
            let document = path.reversed().reduce(value) { inner, step in JSONDiagnosis.container([(step, inner)]) }
            do {
                let data = try JSONSerialization.data(withJSONObject: document)
                budget -= data.count
                _ = try Request(jsonUTF8Bytes: [UInt8](data))
                return nil
            } catch {
                return error
            }
        }
    }

    private static func parts(of value: Any) -> [(step: Step, value: Any)] {
        switch value {
        case let object as [String: Any]: object.sorted { $0.key < $1.key }.map { (.key($0.key), $0.value) }
        case let array as [Any]: array.enumerated().map { (.index($0.offset), $0.element) }
        default: []
        }
    }

    /// The object or array that has these parts.
    private static func container(_ parts: some Collection<(step: Step, value: Any)>) -> Any {
        var object: [String: Any] = [:]
        var array: [Any] = []
        for part in parts {
            switch part.step {
            case .key(let key): object[key] = part.value
            case .index: array.append(part.value)
            }
        }
        return array.isEmpty ? object : array
    }

    /// The same kind of value with nothing in it; a value that holds nothing is itself.
    private static func empty(like value: Any) -> Any {
        switch value {
        case is [String: Any]: [String: Any]()
        case is [Any]: [Any]()
        default: value
        }
    }
}
