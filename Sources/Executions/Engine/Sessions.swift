import DequeModule
import StigmerProtos

/// Which executions are at work in which session: one at a time, the others wait.
struct Sessions {
    private struct Session {
        var working: Execution
        var waiting: Deque<Execution> = []
    }

    /// What becomes of an execution that comes into a session.
    enum Entrance {
        /// It starts.
        case start
        /// It waits.
        case wait
        /// It waits, and the one at work is to be cancelled.
        case interrupt(Execution)
    }

    private var sessions: [String: Session] = [:]

    /// Takes an execution in; one without a session starts always.
    mutating func enter(
        _ execution: Execution,
        onBusy: OnBusy,
        maxWaiting: Int
    ) throws(ExecutionRefused) -> Entrance {
        let name = execution.session
        guard !name.isEmpty else { return .start }
        guard var session = sessions.removeValue(forKey: name) else {
            sessions[name] = Session(working: execution)
            return .start
        }
        defer { sessions[name] = session }
        switch onBusy {
        case .reject:
            throw .sessionBusy(name, with: session.working.id)
        case .interrupt:
            guard session.waiting.count < maxWaiting else { throw .tooManyWaiting(name, maxWaiting) }
            session.waiting.prepend(execution)
            return .interrupt(session.working)
        case .unspecified, .enqueue, .UNRECOGNIZED:
            guard session.waiting.count < maxWaiting else { throw .tooManyWaiting(name, maxWaiting) }
            session.waiting.append(execution)
            return .wait
        }
    }

    /// Takes in an execution that was in its session before a restart.
    ///
    /// - Returns: whether it starts; otherwise it waits.
    mutating func enterAgain(_ execution: Execution) -> Bool {
        let name = execution.session
        guard !name.isEmpty, sessions[name] != nil else {
            if !name.isEmpty { sessions[name] = Session(working: execution) }
            return true
        }
        sessions[name]?.waiting.append(execution)
        return false
    }

    /// Lets an execution go.
    ///
    /// - Returns: the one that starts now.
    mutating func leave(_ name: String, _ id: String) -> Execution? {
        guard !name.isEmpty, var session = sessions.removeValue(forKey: name) else { return nil }
        guard session.working.id == id else {
            sessions[name] = session
            return nil
        }
        guard let next = session.waiting.popFirst() else { return nil }
        session.working = next
        sessions[name] = session
        return next
    }

    /// Takes an execution out of those that wait.
    ///
    /// - Returns: whether it waited.
    mutating func stopWaiting(_ execution: Execution) -> Bool {
        let name = execution.session
        guard let index = sessions[name]?.waiting.firstIndex(where: { $0 === execution }) else { return false }
        sessions[name]?.waiting.remove(at: index)
        return true
    }
}
