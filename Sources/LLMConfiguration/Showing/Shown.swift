/// How a value that was refused appears in a message: on one line, not endless, without secrets.
enum Shown {
    /// The value of a setting; one that was meant as an address is shown without what an address may hide.
    static func value(_ text: String, of setting: String) -> String {
        if looksLikeKey(text) { return APIKey(text).redacted }
        let isAddress = setting == SettingName.baseURL.rawValue || text.contains("://")
        return line(isAddress ? withoutCredentials(text) : text, limit: 120)
    }

    /// A sentence on one line: line ends and other control characters are replaced.
    static func line(_ text: String, limit: Int = 1000) -> String {
        let flat = String(text.map { $0.isControl ? "�" : $0 })
        return flat.count <= limit ? flat : flat.prefix(limit) + "…"
    }

    /// Whether somebody may have put a key where something else belongs: a long word without the marks of a path,
    /// a URL or a model's name, or one that begins as keys do.
    static func looksLikeKey(_ text: String) -> Bool {
        if text.hasPrefix("sk-") { return true }
        let isWord = text.utf8.allSatisfy { $0.isLetterOrDigit || $0 == 0x5F || $0 == 0x2D }
        return text.count >= 32 && isWord && !text.utf8.allSatisfy(\.isDigit)
    }

    /// An address without its user, password, query and fragment, any of which may hold a secret.
    private static func withoutCredentials(_ text: String) -> String {
        var shown = text
        if let end = shown.firstIndex(where: { $0 == "?" || $0 == "#" }) {
            shown = shown[...end] + "…"
        }
        guard let at = shown.lastIndex(of: "@") else { return shown }
        let scheme = shown.firstIndex(of: ":").flatMap { colon in
            shown[colon...].hasPrefix("://") ? shown[..<shown.index(colon, offsetBy: 3)] : nil
        }
        return (scheme ?? "") + "…" + shown[at...]
    }
}

extension Character {
    /// Whether it could break a line or move a terminal's cursor.
    var isControl: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}" }
    }
}
