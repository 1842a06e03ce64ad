import Failures
import Models
import TestSupport
import Testing

/// One way in which a provider fails, and the one truthful end that an execution must come to.
struct Fault: Sendable, CustomTestStringConvertible {
    /// The end.
    enum Outcome: Sendable {
        /// The answer is whole, and is this.
        case completes(String)
        /// The last attempt meets a provider that is well.
        case recovers
        /// The failure's code, the text that had come and is kept, and a part of the sentence.
        case fails(FailureCode, kept: String = "", says: String? = nil)
    }

    /// What a script may use.
    struct Stage: Sendable {
        let dialect: Dialect
        /// Opens when the caller has seen the first text.
        let seen: Gate
        /// The address of another server, which must never be asked.
        let elsewhere: String
    }

    let name: String
    let outcome: Outcome
    /// Requests that the provider gets in all.
    let attempts: Int
    /// The waits between them; nil: the standard ones.
    let waits: [Duration]?
    let clocks: ModelClocks
    let dialects: [Dialect]
    let script: @Sendable (Stage) -> [ScriptedStep]

    init(
        _ name: String,
        _ outcome: Outcome,
        attempts: Int = 1,
        waits: [Duration]? = nil,
        clocks: ModelClocks = .patient,
        dialects: [Dialect] = Dialect.all,
        _ script: @escaping @Sendable (Stage) -> [ScriptedStep]
    ) {
        self.name = name
        self.outcome = outcome
        self.attempts = attempts
        self.waits = waits
        self.clocks = clocks
        self.dialects = dialects
        self.script = script
    }

    /// A fault in the stream after its first text, which is kept.
    static func afterText(
        _ name: String,
        _ outcome: Outcome,
        clocks: ModelClocks = .patient,
        dialects: [Dialect] = Dialect.all,
        _ script: @escaping @Sendable (Dialect) -> [ScriptedStep]
    ) -> Fault {
        Fault(name, outcome, clocks: clocks, dialects: dialects) { stage in
            [stage.dialect.start, .chunk(stage.dialect.text("Hello")), .wait(stage.seen)] + script(stage.dialect)
        }
    }

    var testDescription: String { name }

    /// How many requests meet the fault; those after them meet a provider that is well.
    var faultyRequests: Int {
        if case .recovers = outcome { attempts - 1 } else { attempts }
    }

    /// Half a second, doubling, of which half is by chance; the chance of the tests is one half.
    var expectedWaits: [Duration] {
        waits ?? Array([.milliseconds(375), .milliseconds(750)].prefix(attempts - 1))
    }
}

extension ModelClocks {
    /// Clocks that do not run out in a test.
    static let patient = ModelClocks(connect: .seconds(60), firstToken: .seconds(60), betweenTokens: .seconds(60))
    /// The one clock that runs out.
    static func short(_ clock: WritableKeyPath<ModelClocks, Duration>) -> ModelClocks {
        var clocks = patient
        clocks[keyPath: clock] = .milliseconds(100)
        return clocks
    }
}

/// A fault at one provider.
struct FaultCase: Sendable, CustomTestStringConvertible {
    let fault: Fault
    let dialect: Dialect

    var testDescription: String { "\(dialect.name): \(fault.name)" }

    static func of(_ faults: [Fault]) -> [FaultCase] {
        faults.flatMap { fault in fault.dialects.map { FaultCase(fault: fault, dialect: $0) } }
    }
}
