import Failures

/// Why a store could not do what it was asked.
public struct StoreError: CodedFailure, Equatable {
    /// `unavailable` where trying again may help (a full disk, a lock), `data_loss` for a damaged store.
    public let code: FailureCode
    /// One sentence: which store, what is wrong, what to do about it.
    public let message: String

    /// Describes an error.
    public init(_ code: FailureCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
