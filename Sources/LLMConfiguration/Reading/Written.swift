/// What somebody wrote for a setting, and where: trimmed, not blank, not yet understood.
struct Written: Sendable, Equatable {
    let text: String
    let origin: String
    let isSecret: Bool
    /// How an address in it is to be read.
    let form: ProviderProfile.AddressForm

    /// Nil where nothing was written: an empty or blank value counts as unset at every layer.
    init?(
        _ raw: String?,
        origin: String,
        isSecret: Bool = false,
        form: ProviderProfile.AddressForm = .url
    ) {
        guard let text = raw?.trimmed, !text.isEmpty else { return nil }
        self.text = text
        self.origin = origin
        self.isSecret = isSecret
        self.form = form
    }
}

extension Written: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "\(isSecret ? APIKey(text).redacted : text) <- \(origin)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension StringProtocol {
    /// Without white space and line ends around it.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
