import EventLoop
import LLMConfiguration
import Models
import StigmerProtos

/// An agent at work: it asks the model until there is an answer.
///
/// Without tools, which are a later floor's gift, one call of the model is the whole of it.
public struct AgentLoop: Sendable {
    private let models: any LanguageModel
    private let surroundings: Surroundings
    /// How long a silent model may keep the caller in the dark.
    private let waitingInterval: Duration

    /// Makes a loop over the given models.
    ///
    /// - Parameter waitingInterval: after how long without a first token the caller is told so, again and again.
    public init(models: any LanguageModel, surroundings: Surroundings, waitingInterval: Duration = .seconds(15)) {
        self.models = models
        self.waitingInterval = waitingInterval
        self.surroundings = surroundings
    }

    /// Works on `task` until there is an answer; call it from a task on `loop`.
    ///
    /// What the model had said when a call failed is recorded too, as a message that says how it ended. A history that
    /// the model's context does not hold is trimmed by whole turns from the oldest, and the observer is told.
    ///
    /// - Throws: `ModelFailure` if the model gives no whole answer.
    public func run(
        _ task: AgentTask,
        on loop: EventLoop,
        observer: some AgentObserver
    ) async throws(ModelFailure) {
        guard !Task.isCancelled else { throw ModelFailure(.canceled, "cancelled before the model was asked") }
        var task = task
        while true {
            do throws(ModelFailure) {
                return try await ask(task, on: loop, observer)
            } catch {
                guard error.isPromptTooLong, let trimmed = task.trimmed else { throw error }
                observer.record(
                    .progress(
                        .with {
                            $0.what = "trimming"
                            $0.detail =
                                "the conversation is longer than the context of \(task.configuration.model.value): "
                                + "its oldest \(task.turns.count - trimmed.turns.count) of \(task.turns.count) turns "
                                + "are left out"
                        }
                    )
                )
                task = trimmed
            }
        }
    }

    private func ask(
        _ task: AgentTask,
        on loop: EventLoop,
        _ observer: some AgentObserver
    ) async throws(ModelFailure) {
        let request = ModelRequest(messages: task.turns.flatMap(\.self), configuration: task.configuration)
        var answer = Answer()
        let waiting = WaitingNotice(loop: loop, interval: waitingInterval) { seconds in
            observer.record(
                .progress(
                    .with {
                        $0.what = "waiting"
                        $0.detail = "no token from \(task.configuration.model.value) for \(seconds) s"
                    }
                )
            )
        }
        defer { waiting.stop() }
        do {
            try await models.run(request, on: loop) { event in
                if event.isWord { waiting.stop() }
                answer.take(event, observer, surroundings)
            }
            if let tool = answer.unofferedTool {
                throw ModelFailure(
                    .internal,
                    "the model called the tool \(tool.debugDescription), but none was offered"
                )
            }
        } catch {
            let (text, reasoning) = observer.messageInProgress
            if !text.isEmpty || !reasoning.isEmpty {
                answer.stopReason = Task.isCancelled ? StopReason.cancelled.rawValue : StopReason.error.rawValue
                observer.record(.messageCompleted(completed(answer, observer)))
            }
            throw error as? ModelFailure ?? ModelFailure(.internal, "\(error)")
        }
        observer.record(.messageCompleted(completed(answer, observer)))
    }

    private func completed(_ answer: Answer, _ observer: some AgentObserver) -> ExecutionEvent.MessageCompleted {
        let (text, reasoning) = observer.messageInProgress
        return .with {
            $0.message.type = .messageAi
            $0.message.content = text
            $0.message.timestamp = surroundings.timestamp
            $0.reasoning = reasoning
            $0.stopReason = answer.stopReason
            $0.reasoningBlocks = answer.reasoning
            if let usage = answer.usage { $0.usage = usage.message }
        }
    }
}

/// What is known of the model's answer besides its words.
private struct Answer {
    var usage: ModelUsage?
    var stopReason = ""
    var unofferedTool: String?
    /// The reasoning in the provider's own blocks, of those that it wants back.
    var reasoning: [ExecutionEvent.ReasoningBlock] = []
    /// How many bytes of the reasoning are in those blocks.
    private var signed = 0
    private var lastPull: UInt64?

    mutating func take(_ event: ModelEvent, _ observer: some AgentObserver, _ surroundings: Surroundings) {
        switch event {
        case .text(let bytes): observer.delta(.text, bytes)
        case .reasoning(let bytes): observer.delta(.reasoning, bytes)
        case .progress(let progress):
            if isDue(progress, surroundings) { observer.record(.progress(progress.message)) }
        case .usage(let usage): self.usage = usage
        case .stop(let reason): stopReason = reason.rawValue
        case .toolCall(let call): unofferedTool = unofferedTool ?? call.name
        case .reasoningSignature(let signature):
            let all = observer.messageInProgress.reasoning
            reasoning.append(
                .with {
                    $0.text = String(decoding: all.utf8.dropFirst(signed), as: UTF8.self)
                    $0.signature = signature
                }
            )
            signed = all.utf8.count
        case .redactedReasoning(let data): reasoning.append(.with { $0.redacted = data })
        }
    }

    /// A download tells its progress many times a second; the log needs it once.
    private mutating func isDue(_ progress: ModelProgress, _ surroundings: Surroundings) -> Bool {
        guard progress.what == .pulling, progress.completed != progress.total else { return true }
        let now = surroundings.uptime()
        if let lastPull, now &- lastPull < 1_000_000_000 { return false }
        lastPull = now
        return true
    }
}

extension ModelEvent {
    fileprivate var isWord: Bool {
        switch self {
        case .text, .reasoning: true
        default: false
        }
    }
}

/// Says again and again that nothing has come yet. Confined to its loop.
private final class WaitingNotice {
    private let loop: EventLoop
    private let interval: Duration
    private let say: (Int64) -> Void
    private var timer: LoopTimer?
    private var told: Int64 = 0

    init(loop: EventLoop, interval: Duration, say: @escaping (Int64) -> Void) {
        self.loop = loop
        self.interval = interval
        self.say = say
        again()
    }

    private func again() {
        timer = loop.schedule(after: interval) { [weak self] in
            guard let self else { return }
            told += 1
            say(told * interval.components.seconds)
            again()
        }
    }

    func stop() {
        timer?.cancel()
        timer = nil
    }
}
