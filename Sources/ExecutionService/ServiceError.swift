import Failures
import HTTPTypes
import WireJSON

/// An error as a caller gets it.
struct ServiceError: CodedFailure {
    let code: FailureCode
    let message: String
    /// The HTTP status, where HTTP knows a better one than the code's.
    let status: Int
    let headers: HTTPFields

    init(_ code: FailureCode, _ message: String, status: Int? = nil, headers: HTTPFields = [:]) {
        self.code = code
        self.message = message
        self.status = status ?? code.httpStatus
        self.headers = headers
    }

    init(_ failure: some CodedFailure) {
        self.init(failure.code, failure.message)
    }

    /// A limit of the runner that is reached now and may not be in a second.
    static func exhausted(_ message: String) -> ServiceError {
        ServiceError(.resourceExhausted, message, headers: [.retryAfter: "1"])
    }

    static func invalid(_ message: String) -> ServiceError { ServiceError(.invalidArgument, message) }

    /// `{"code":…,"message":…,"details":[]}`
    var json: [UInt8] { ServiceError.json(code: code.rawValue, message: message) }

    static func json(code: String, message: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("code")
            writer.string(code)
            writer.key("message")
            writer.string(message)
            writer.key("details")
            writer.array { _ in }
        }
        return writer.bytes
    }
}
