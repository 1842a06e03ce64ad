/// An error that can be shown to a caller: a code for programs and a sentence for people.
///
/// The sentence says what was wrong, with which value, and what to do about it. It never holds a key.
public protocol CodedFailure: Error {
    /// What kind of failure this is.
    var code: FailureCode { get }
    /// One sentence for the person who reads it.
    var message: String { get }
}
