import Executions
import Models

@testable import LLMConfiguration

extension FuzzTarget {
    /// A name that names a provider means the same when it is written anew; any other is left as it is.
    static let modelName = FuzzTarget(name: "model-name") { input throws(Finding) in
        let text = String(decoding: input, as: UTF8.self)
        let known = KnownProviders([.ollama, .anthropic, .openai])
        let name = ModelName(text, known: known)
        guard let provider = name.provider else {
            guard name.name == text else { throw Finding("\(text.debugDescription) became \(name)") }
            return
        }
        guard known[provider]?.name == provider else { throw Finding("an unknown provider: \(name)") }
        guard ModelName("\(provider):\(name.name)", known: known) == name else {
            throw Finding("\(text.debugDescription) is \(name), which is another name when it is written so")
        }
    }

    /// An address that is taken can be shown and joined to, and is the same when it is read again.
    ///
    /// The first byte chooses the form.
    static let baseURL = FuzzTarget(name: "base-url") { input throws(Finding) in
        let text = String(decoding: input.dropFirst(), as: UTF8.self)
        let form: ProviderProfile.AddressForm = input.first == UInt8(ascii: "h") ? .ollamaHost : .url
        guard let url = Result(catching: { () throws(Unusable) in try BaseURL(text, form: form) }).success else {
            return
        }
        let again = Result { () throws(Unusable) in try BaseURL(url.text, form: .url) }.success
        guard again == url else { throw Finding("\(url) is read again as \(again.map { "\($0)" } ?? "unusable")") }
        let parts = url.text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty,
            !parts[2].isEmpty, !parts[2].contains("@"), !url.text.hasSuffix("/"), !url.host.isEmpty,
            url.text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"?#\"\\".utf8.contains($0) })
        else { throw Finding("\(url) can not be joined to or shown") }
    }

    /// A cursor that is read is written as the same one.
    static let cursor = FuzzTarget(name: "cursor") { input throws(Finding) in
        let text = String(decoding: input, as: UTF8.self)
        guard let cursor = Cursor(text) else { return }
        guard cursor.events >= 0, cursor.bytes >= 0, Cursor(cursor.description) == cursor else {
            throw Finding("\(text.debugDescription) is \(cursor)")
        }
    }
}

extension Result {
    fileprivate var success: Success? {
        if case .success(let value) = self { return value }
        return nil
    }
}
