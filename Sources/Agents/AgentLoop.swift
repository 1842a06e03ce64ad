import EventLoop
import LLMConfiguration
import Models
import StigmerProtos

/// What an agent is to do.
public struct AgentTask: Sendable {
    /// The caller's words.
    public let message: String
    /// The model to use, with its address and settings.
    public let configuration: EffectiveConfiguration

    /// Names the task.
    public init(message: String, configuration: EffectiveConfiguration) {
        self.message = message
        self.configuration = configuration
    }
}

/// An agent at work: it asks the model until there is an answer.
///
/// Without tools, which are a later floor's gift, one call of the model is the whole of it.
public struct AgentLoop: Sendable {
    private let models: ModelClient
    private let surroundings: Surroundings
    /// How long a silent model may keep the caller in the dark.
    private let waitingInterval: Duration

    /// Makes a loop over the given models.
    ///
    /// - Parameter waitingInterval: after how long without a first token the caller is told so, again and again.
    public init(models: ModelClient, surroundings: Surroundings, waitingInterval: Duration = .seconds(15)) {
        self.models = models
        self.waitingInterval = waitingInterval
        self.surroundings = surroundings
    }

    /// Works on `task` until there is an answer; call it from a task on `loop`.
    ///
    /// What the model had said when a call failed is recorded too, as a message that says how it ended.
    ///
    /// - Throws: `ModelFailure` if the model gives no whole answer.
    public func run(
        _ task: AgentTask,
        on loop: EventLoop,
        observer: some AgentObserver
    ) async throws(ModelFailure) {
        guard !Task.isCancelled else { throw ModelFailure(.canceled, "cancelled before the model was asked") }
        let request = ModelRequest(
            messages: [ModelMessage(.user, task.message)],
            configuration: task.configuration
        )
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
                answer.take(event, observer)
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
                answer.stopReason = Task.isCancelled ? "cancelled" : "error"
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
            if let usage = answer.usage { $0.usage = usage.message }
        }
    }
}

/// What is known of the model's answer besides its words.
private struct Answer {
    var usage: ModelUsage?
    var stopReason = ""
    var unofferedTool: String?

    mutating func take(_ event: ModelEvent, _ observer: some AgentObserver) {
        switch event {
        case .text(let bytes): observer.delta(.text, bytes)
        case .reasoning(let bytes): observer.delta(.reasoning, bytes)
        case .progress(let progress): observer.record(.progress(progress.message))
        case .usage(let usage): self.usage = usage
        case .stop(let reason): stopReason = reason.rawValue
        case .toolCall(let call): unofferedTool = unofferedTool ?? call.name
        // The next turn of a conversation will want these; a single turn has no next one.
        case .reasoningSignature, .redactedReasoning: break
        }
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
