import WireJSON

/// A call's arguments, read with a plain sentence for the model on whatever is wrong with them.
struct ToolArguments {
    private let tool: String
    private let members: [JSONValue.Member]

    /// Takes the object that a model wrote.
    ///
    /// - Parameter known: the names that the tool takes; another one is refused, since a misspelt option that is
    ///   passed over in silence would do something else than was asked for.
    /// - Throws: ``ToolFailure``
    init(_ value: JSONValue, of tool: String, known: [String]) throws(ToolFailure) {
        self.tool = tool
        guard let members = value.members else { throw ToolFailure("\(tool): the arguments must be a JSON object.") }
        self.members = members
        if let stranger = members.first(where: { !known.contains($0.name) }) {
            throw ToolFailure(
                "\(tool): there is no argument \(quoted(stranger.name)); "
                    + "it takes \(known.joined(separator: ", "))."
            )
        }
    }

    /// A text that has to be there.
    func text(_ name: String) throws(ToolFailure) -> String {
        guard let text = try optionalText(name) else { throw ToolFailure("\(tool): \(name) is missing.") }
        return text
    }

    /// A text that may be left out.
    func optionalText(_ name: String) throws(ToolFailure) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw ToolFailure("\(tool): \(name) must be a string.") }
        return text
    }

    /// A whole number within a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(ToolFailure) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw ToolFailure(
                "\(tool): \(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    /// Yes or no.
    func flag(_ name: String) throws(ToolFailure) -> Bool {
        guard let value = value(name) else { return false }
        guard let flag = value.boolean else { throw ToolFailure("\(tool): \(name) must be true or false.") }
        return flag
    }

    /// A value that is there and not null: models write null for what they leave out.
    private func value(_ name: String) -> JSONValue? {
        guard let value = members.last(where: { $0.name == name })?.value, value != .null else { return nil }
        return value
    }
}
