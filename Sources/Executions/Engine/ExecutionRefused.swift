import Failures

/// Why an execution was not created.
public enum ExecutionRefused: CodedFailure, Equatable {
    /// As many are at work as may be.
    case tooMany(Int)
    /// As many are at work for this caller as may be.
    case tooManyOfCaller(String, Int)
    /// The session has another execution at work, and the request does not want to wait.
    case sessionBusy(String, with: String)
    /// As many wait in the session as may.
    case tooManyWaiting(String, Int)
    /// The idempotency key belongs to another request.
    case keyOfAnother(String, execution: String)
    /// The agent that it asks for is not there or not in order.
    case noAgent(FailureCode, String)
    /// Nothing can be stored now.
    case storeFailed(StoreError)
    /// The runner is going down.
    case shuttingDown

    /// What kind of failure this is.
    public var code: FailureCode {
        switch self {
        case .tooMany, .tooManyOfCaller, .tooManyWaiting: .resourceExhausted
        case .sessionBusy, .keyOfAnother: .aborted
        case .noAgent(let code, _): code
        case .storeFailed(let error): error.code
        case .shuttingDown: .unavailable
        }
    }

    /// What to do about it.
    public var message: String {
        switch self {
        case .tooMany(let limit): "\(limit) executions are at work, which is the limit: try again later"
        case .tooManyOfCaller(let caller, let limit):
            "\(limit) executions of \(caller) are at work, which is the limit for one caller: try again later"
        case .sessionBusy(let session, let execution):
            "the session \(session.debugDescription) is busy with \(execution): wait for its end, or send the request "
                + "with on_busy enqueue or interrupt"
        case .tooManyWaiting(let session, let limit):
            "\(limit) executions wait in the session \(session.debugDescription), which is the limit: try again later"
        case .keyOfAnother(let key, let execution):
            "the Idempotency-Key \(key.debugDescription) was used for another request, which became \(execution): use "
                + "a new key for a new request"
        case .noAgent(_, let message): message
        case .storeFailed(let error): error.message
        case .shuttingDown: "the runner is shutting down: send the request to another, or again later"
        }
    }
}
