/// Writes a file's name so that it stays on its line and says what it is: a name may hold anything but `/` and NUL, and
/// whoever made it may want the model or the terminal to take it for something else.
///
/// Control characters, line and paragraph separators and those that turn the direction of writing are written as
/// `\u{…}`, bytes that are no UTF-8 as `\x…`.
func shownName(_ utf8: some Sequence<UInt8>) -> String {
    let bytes = Array(utf8)
    guard let text = String(validating: bytes, as: UTF8.self) else {
        return bytes.map { byte in
            (0x20...0x7e).contains(byte) ? String(Unicode.Scalar(byte)) : "\\x" + hexadecimal(UInt32(byte), digits: 2)
        }.joined()
    }
    return shownName(text)
}

/// Writes a name so that it stays on its line.
func shownName(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isMisleading) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
        if isMisleading(scalar) {
            shown += "\\u{" + hexadecimal(scalar.value, digits: 1) + "}"
        } else {
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown
}

/// A text of a model's in quotation marks, on one line and of bounded length.
func quoted(_ text: String) -> String {
    let limit = 200
    let scalars = text.unicodeScalars
    let isLong = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex).map {
        $0 < scalars.endIndex
    }
    return "\"" + shownName(String(String.UnicodeScalarView(scalars.prefix(limit)))) + (isLong == true ? "…\"" : "\"")
}

/// Whether a name is text that reads as what it is.
func readsAsItIs(_ utf8: [UInt8]) -> Bool {
    guard let text = String(validating: utf8, as: UTF8.self) else { return false }
    return !text.unicodeScalars.contains(where: isMisleading)
}

/// Whether a character changes how what stands around it is read.
func isMisleading(_ scalar: Unicode.Scalar) -> Bool {
    // The joiners are invisible too, but Persian and half of the emoji are written with them.
    if scalar == "\u{200C}" || scalar == "\u{200D}" { return false }
    return switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
    default: false
    }
}

private func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
