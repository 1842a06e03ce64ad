import SwiftProtobuf
import WireJSON

extension JSONDiagnosis {
    /// Goes down into the part that fails, halving each container, so that the cost stays near the document's size.
    struct Search<Request: Message> {
        private(set) var path: [Step] = []
        private(set) var reason: any Error
        /// Whether `culprit` fails for what it is itself; else it is as near as the search came.
        private(set) var isFound = false
        private let body: [UInt8]
        private var place: Range<Int>
        /// How many more bytes may be read: this runs on an event loop, and a body may be made to be hard to diagnose.
        private var budget = 24 * 1024 * 1024

        /// - Parameter body: well-formed JSON.
        init(body: [UInt8], reason: any Error) {
            self.body = body
            self.reason = reason
            place = 0..<body.count
        }

        /// The part that fails, as it was written.
        var culprit: ArraySlice<UInt8> { body[place] }

        mutating func run() {
            while budget > 0 {
                budget -= place.count
                let members = Members(of: place, in: body)
                if !path.isEmpty, let problem = problem(with: members.map { Array($0.empty.utf8) } ?? Array(culprit)) {
                    // What is in it does not matter: it is of the wrong type, or unknown.
                    reason = problem
                    isFound = true
                    return
                }
                guard let members, let index = firstFailing(members) else { return }
                path.append(members.steps[index])
                place = members.places[index]
            }
        }

        /// The kind of value that would fit; nil if none of JSON's does.
        var expectedKind: String? {
            var search = self
            let kinds = [
                ("an object", "{}"), ("an array", "[]"), ("a string", "\"\""), ("a number", "0"),
                ("true or false", "true"),
            ]
            return kinds.first { search.problem(with: Array($0.1.utf8)) == nil }?.0
        }

        private mutating func firstFailing(_ members: Members) -> Int? {
            var range = members.places.indices
            while range.count > 1, budget > 0 {
                let half = range.prefix(range.count / 2)
                let fails = problem(with: members.json(half, in: body)) != nil
                range = fails ? half : range.dropFirst(range.count / 2)
            }
            guard range.count == 1, let problem = problem(with: members.json(range, in: body)) else { return nil }
            reason = problem
            return range.lowerBound
        }

        /// What is wrong with the document that has nothing but `json` at this path.
        private mutating func problem(with json: [UInt8]) -> (any Error)? {
            var before = JSONWriter()
            var after: [UInt8] = []
            for step in path {
                switch step {
                case .key(let key):
                    before.raw("{")
                    before.key(key)
                    after.append(UInt8(ascii: "}"))
                case .index:
                    before.raw("[")
                    after.append(UInt8(ascii: "]"))
                }
            }
            let document = before.bytes + json + after.reversed()
            budget -= document.count
            do {
                _ = try Request(jsonUTF8Bytes: document)
                return nil
            } catch {
                return error
            }
        }
    }

    /// The members of an object or the elements of an array, and where they stand.
    private struct Members {
        private(set) var steps: [Step] = []
        /// Where the values stand.
        private(set) var places: [Range<Int>] = []
        private let isObject: Bool
        private let start: Int

        /// Nil for a value that has none by its kind.
        init?(of place: Range<Int>, in body: [UInt8]) {
            var steps: [Step] = []
            var places: [Range<Int>] = []
            var isObject = false
            let base = place.lowerBound
            func take(_ step: Step, _ reader: inout JSONReader) throws {
                let count = try reader.readRaw().count
                steps.append(step)
                places.append(base + reader.offset - count..<base + reader.offset)
            }
            do {
                let isContainer = try body.withUnsafeBytes { text in
                    var reader = JSONReader(UnsafeRawBufferPointer(rebasing: text[place]))
                    switch try reader.peekKind() {
                    case .object:
                        isObject = true
                        try reader.readObject { key, reader in try take(.key(key.string), &reader) }
                    case .array:
                        try reader.readArray { reader in try take(.index(steps.count), &reader) }
                    default: return false
                    }
                    return true
                }
                guard isContainer else { return nil }
            } catch {
                // The body is well-formed, or the search would not have begun.
                return nil
            }
            self.steps = steps
            self.places = places
            self.isObject = isObject
            let opening = isObject ? UInt8(ascii: "{") : UInt8(ascii: "[")
            start = (body[place].firstIndex(of: opening) ?? base) + 1
        }

        var empty: String { isObject ? "{}" : "[]" }

        /// The container with these members alone, as they were written.
        func json(_ range: Range<Int>, in body: [UInt8]) -> [UInt8] {
            guard let last = range.last else { return Array(empty.utf8) }
            var written = body[
                (range.lowerBound == 0 ? start : places[range.lowerBound - 1].upperBound)..<places[last].upperBound
            ]
            // Between two members stand white space and one comma.
            if range.lowerBound > 0 { written = written.drop { $0 != UInt8(ascii: ",") }.dropFirst() }
            return isObject
                ? [UInt8(ascii: "{")] + written + [UInt8(ascii: "}")]
                : [UInt8(ascii: "[")] + written + [UInt8(ascii: "]")]
        }
    }
}
