import LineStreams
import HTTPTypes
import LLMConfiguration

@testable import Models

extension FuzzTarget {
    /// Lines are what a text splits into, however it comes.
    static let lines = FuzzTarget(name: "lines") { input throws(Finding) in
        for limit in [LineDecoder.defaultLimit, 40] {
            let lines = try Pieces.expectSameMeaning(of: input) { Decoded($0, limit: limit) }
            let plain = PlainLines(input)
            let isLong = plain.longest > limit
            guard lines.isTooLong == isLong, isLong || lines.all == plain.lines else {
                throw Finding("with at most \(limit) bytes it is \(lines), and plainly \(plain)")
            }
        }
    }

    /// Server-sent events are the same however they come, and the same as a plain reading of the standard's.
    static let serverSentEvents = FuzzTarget(name: "server-sent-events") { input throws(Finding) in
        for limit in [LineDecoder.defaultLimit, 40] {
            let events = try Pieces.expectSameMeaning(of: input) { DecodedEvents($0, limit: limit) }
            if events.isTooLong { continue }
            let plain = PlainLines(input).events
            guard events.all == plain else { throw Finding("it is \(events.all), and plainly \(plain)") }
        }
    }

    static let ollama = provider("ollama")
    static let openAI = provider("openai")
    static let anthropic = provider("anthropic")

    /// A provider's answer means the same however it comes; what is shown of it is text and never the key.
    private static func provider(_ name: String) -> FuzzTarget {
        let configuration = EffectiveConfiguration(
            mode: Setting(.local, origin: "test"),
            provider: Setting(name, origin: "test"),
            model: Setting("m", origin: "test"),
            baseURL: Setting("http://upstream", origin: "test"),
            apiKey: Setting(APIKey(Answer.key), origin: "test"),
            temperature: Setting(nil, origin: "test"),
            maxTokens: Setting(nil, origin: "test"),
            numCtx: Setting(nil, origin: "test")
        )
        let provider = ModelProviders()[name: name]
        return FuzzTarget(name: name) { input throws(Finding) in
            guard let provider else { throw Finding("there is no provider \(name)") }
            let answer = try Pieces.expectSameMeaning(of: input) {
                Answer(provider.makeDecoder(for: configuration), $0)
            }
            if let wrong = answer.wrong { throw Finding(wrong) }
            let asAnError = provider.failure(status: 500, headers: [:], body: input, configuration: configuration)
            try check(asAnError)
            if let failure = answer.failure { try check(failure) }
            guard answer.isComplete != (answer.failure != nil) || answer.isEnded else {
                throw Finding("neither complete nor failed: \(answer)")
            }
        }
    }

    private static func check(_ failure: ModelFailure) throws(Finding) {
        guard !failure.message.unicodeScalars.contains(Answer.key.unicodeScalars) else {
            throw Finding("the key is in \(failure)")
        }
        guard failure.message.utf8.count < 4000 else { throw Finding("endless: \(failure)") }
        guard !failure.message.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw Finding("a control character in \("\(failure)".debugDescription)")
        }
    }

    /// What a provider asks to wait is a time that can be waited.
    static let retryAfter = FuzzTarget(name: "retry-after") { input throws(Finding) in
        let policy = RetryPolicy(random: { 0.5 }, secondsSince1970: { 784_111_777 })
        let text = String(decoding: input, as: UTF8.self)
        for name in ["Retry-After", "retry-after-ms"] {
            guard let field = HTTPField.Name(name) else { continue }
            guard let wait = policy.retryAfter([field: text]) else { continue }
            guard wait >= .zero else { throw Finding("\(text.debugDescription) means \(wait)") }
        }
    }
}

/// The lines that a decoder gives.
private struct Decoded: Equatable {
    var all: [[UInt8]] = []
    var isTooLong = false

    init(_ pieces: [ArraySlice<UInt8>], limit: Int) {
        var decoder = LineDecoder(limit: limit)
        do {
            for piece in pieces { try Pieces.lend(piece) { try decoder.decode($0) { all.append(Array($0)) } } }
            try decoder.finish { all.append(Array($0)) }
        } catch {
            isTooLong = true
        }
    }
}

/// The events that a decoder gives.
private struct DecodedEvents: Equatable {
    var all: [[UInt8]] = []
    var isTooLong = false

    init(_ pieces: [ArraySlice<UInt8>], limit: Int) {
        var decoder = SSEDecoder(limit: limit)
        do {
            for piece in pieces { try Pieces.lend(piece) { try decoder.decode($0) { all.append(Array($0)) } } }
        } catch {
            isTooLong = true
        }
    }
}

/// A plain reading of a whole text.
private struct PlainLines {
    var lines: [[UInt8]] = []
    /// Of the lines, the end of an event excepted.
    private var complete = 0

    init(_ text: [UInt8]) {
        var line: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == 0x0D || text[index] == 0x0A {
                if text[index] == 0x0D, index + 1 < text.count, text[index + 1] == 0x0A { index += 1 }
                lines.append(line)
                line = []
            } else {
                line.append(text[index])
            }
            index += 1
        }
        complete = lines.count
        if !line.isEmpty { lines.append(line) }
        longest = lines.map(\.count).max() ?? 0
        if lines.first?.starts(with: [0xEF, 0xBB, 0xBF]) ?? false { lines[0].removeFirst(3) }
    }

    /// How long the longest is, a byte order mark included.
    private(set) var longest = 0

    /// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    var events: [[UInt8]] {
        var events: [[UInt8]] = []
        var data: [[UInt8]] = []
        for line in lines.prefix(complete) {
            if line.isEmpty {
                if !data.isEmpty { events.append(Array(data.joined(separator: [0x0A]))) }
                data = []
                continue
            }
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts[0].elementsEqual("data".utf8) else { continue }
            let value = parts.count == 2 ? Array(parts[1]) : []
            data.append(value.first == 0x20 ? Array(value.dropFirst()) : value)
        }
        return events
    }
}

/// All that a decoder gave, and how it ended.
private struct Answer: Equatable {
    /// A key that must not be shown.
    static let key = "sk-0123secret"

    var events: [String] = []
    var pieces = 0
    var isComplete = false
    /// Whether the body's end was accepted as the answer's.
    var isEnded = false
    var failure: ModelFailure?
    /// What was given and should not have been.
    var wrong: String?

    init(_ decoder: any ModelStreamDecoder, _ pieces: [ArraySlice<UInt8>]) {
        var decoder = decoder
        do {
            for piece in pieces where !decoder.isComplete {
                try Pieces.lend(piece) { try decoder.decode($0) { add($0) } }
            }
            if !decoder.isComplete {
                try decoder.finish { add($0) }
                isEnded = true
            }
        } catch let error as ModelFailure {
            failure = error
        } catch {
            wrong = "another error than a ModelFailure: \(error)"
        }
        isComplete = decoder.isComplete
        self.pieces = decoder.pieces
    }

    private mutating func add(_ event: ModelEvent) {
        switch event {
        case .text(let utf8): add("text", utf8)
        case .reasoning(let utf8): add("reasoning", utf8)
        default: events.append("\(event)")
        }
    }

    private mutating func add(_ kind: String, _ utf8: UnsafeRawBufferPointer) {
        guard !utf8.isEmpty, let text = String(validating: utf8, as: UTF8.self) else {
            wrong = "a piece of \(kind) is empty or no UTF-8: \(Array(utf8))"
            return
        }
        events.append("\(kind) \(text)")
    }
}
