/// What went wrong, in the words of Connect and gRPC.
///
/// Raw values and HTTP statuses are those of the Connect protocol's error table
/// (https://connectrpc.com/docs/protocol#error-codes).
public enum FailureCode: String, Sendable, CaseIterable {
    /// The caller or an operator stopped it.
    case canceled
    /// Nobody knows what kind of failure it was.
    case unknown
    /// The request is wrong, whatever state the runner is in.
    case invalidArgument = "invalid_argument"
    /// A time limit ran out.
    case deadlineExceeded = "deadline_exceeded"
    /// What was asked for does not exist.
    case notFound = "not_found"
    /// What was to be created exists.
    case alreadyExists = "already_exists"
    /// Who asks may not do this.
    case permissionDenied = "permission_denied"
    /// A limit or a quota is reached.
    case resourceExhausted = "resource_exhausted"
    /// Something has to be set up first, as a key.
    case failedPrecondition = "failed_precondition"
    /// It conflicts with something else that goes on.
    case aborted
    /// A place beyond the end, as of a log.
    case outOfRange = "out_of_range"
    /// This is not offered here.
    case unimplemented
    /// A promise was broken: by the runner or by the provider.
    case `internal`
    /// Not now; perhaps later.
    case unavailable
    /// What was stored is lost or damaged.
    case dataLoss = "data_loss"
    /// The key is missing or not accepted.
    case unauthenticated

    /// The HTTP status that a unary response with this code carries.
    public var httpStatus: Int {
        switch self {
        case .canceled: 499
        case .invalidArgument, .failedPrecondition, .outOfRange: 400
        case .deadlineExceeded: 504
        case .notFound: 404
        case .alreadyExists, .aborted: 409
        case .permissionDenied: 403
        case .resourceExhausted: 429
        case .unimplemented: 501
        case .unavailable: 503
        case .unauthenticated: 401
        case .unknown, .internal, .dataLoss: 500
        }
    }
}
