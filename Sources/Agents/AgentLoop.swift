import EventLoop
import LLMConfiguration
import Models
import StigmerProtos
import Tools

/// An agent at work: it asks the model, runs the tools that the model calls, and asks again, until there is an answer.
public struct AgentLoop: Sendable {
    let models: any LanguageModel
    let surroundings: Surroundings
    /// How long a silent model may keep the caller in the dark.
    let waitingInterval: Duration

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
    /// - Throws: `ModelFailure` if the model gives no whole answer, or the agent runs into a limit.
    public func run(
        _ task: AgentTask,
        on loop: EventLoop,
        observer: some AgentObserver
    ) async throws(ModelFailure) {
        var task = task
        var round = ToolRound(task: task, agent: self, loop: loop, observer: observer)
        if !task.pendingCalls.isEmpty { task.add(try await round.run(task.pendingCalls)) }
        while true {
            guard !Task.isCancelled else { throw ModelFailure(.canceled, "cancelled before the model was asked") }
            try task.spent.check(task.limits)
            let answer = try await askWithinContext(&task, round.specifications, on: loop, observer)
            task.spent.steps += 1
            task.spent.tokens += answer.tokens
            guard !answer.calls.isEmpty else { return }
            task.add([answer.message])
            task.add(try await round.run(answer.calls))
        }
    }

    /// Asks, with less and less of the history while the model's context does not hold it.
    private func askWithinContext(
        _ task: inout AgentTask,
        _ tools: [ModelTool],
        on loop: EventLoop,
        _ observer: some AgentObserver
    ) async throws(ModelFailure) -> Answer {
        while true {
            do throws(ModelFailure) {
                return try await ask(task, tools, on: loop, observer)
            } catch {
                guard error.isPromptTooLong, let trimmed = task.trimmed else { throw error }
                let detail =
                    "the conversation is longer than the context of \(task.configuration.model.value): its oldest "
                    + "\(task.turns.count - trimmed.turns.count) of \(task.turns.count) turns are left out"
                observer.record(.progress("trimming", detail))
                task = trimmed
            }
        }
    }

    private func ask(
        _ task: AgentTask,
        _ tools: [ModelTool],
        on loop: EventLoop,
        _ observer: some AgentObserver
    ) async throws(ModelFailure) -> Answer {
        let request = ModelRequest(messages: task.messages, tools: tools, configuration: task.configuration)
        var answer = Answer(step: task.spent.steps)
        let waiting = WaitingNotice(loop: loop, interval: waitingInterval) { seconds in
            observer.record(.progress("waiting", "no token from \(task.configuration.model.value) for \(seconds) s"))
        }
        defer { waiting.stop() }
        do {
            try await models.run(request, on: loop) { event in
                if event.isWord { waiting.stop() }
                answer.take(event, observer, surroundings)
            }
        } catch {
            let (text, reasoning) = observer.messageInProgress
            if !text.isEmpty || !reasoning.isEmpty {
                answer.cut(as: Task.isCancelled ? .cancelled : .error)
                observer.record(.messageCompleted(answer.completed(observer, surroundings)))
            }
            throw error as? ModelFailure ?? ModelFailure(.internal, "\(error)")
        }
        observer.record(.messageCompleted(answer.completed(observer, surroundings)))
        return answer
    }
}

extension AgentEffort {
    /// - Throws: `ModelFailure` if a limit is reached.
    fileprivate func check(_ limits: AgentLimits) throws(ModelFailure) {
        guard steps < limits.maxSteps else {
            throw ModelFailure(
                .resourceExhausted,
                "the agent has asked the model \(steps) times without coming to an answer, which is its limit"
            )
        }
        if let most = limits.maxTokens, tokens >= most {
            throw ModelFailure(.resourceExhausted, "the agent has used \(tokens) tokens, and its limit is \(most)")
        }
    }
}

extension ExecutionEvent.Kind {
    /// A report on something that takes its time.
    static func progress(_ what: String, _ detail: String) -> Self {
        .progress(
            .with {
                $0.what = what
                $0.detail = detail
            }
        )
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
