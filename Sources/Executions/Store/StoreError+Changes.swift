/// What is wrong with a change that does not fit what is kept: a mistake of the program.
extension StoreError {
    /// A change of an execution that is not there.
    public static func unknown(_ id: String) -> StoreError {
        StoreError(.internal, "the store has no \(id) to change; please report this")
    }

    /// An event behind the end.
    public static func ended(_ id: String) -> StoreError {
        StoreError(.internal, "the log of \(id) has its end and takes no more events; please report this")
    }

    /// An event that is not the next.
    public static func gap(_ id: String, number: Int, count: Int) -> StoreError {
        StoreError(.internal, "the log of \(id) has \(count) events and cannot take number \(number); please report this")
    }
}
