/// Why a value cannot be used, in words that follow the value and its origin.
struct Unusable: Error {
    let why: String

    init(_ why: String) {
        self.why = why
    }
}
