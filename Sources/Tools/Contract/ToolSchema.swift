import WireJSON

/// Writes the JSON schema of a tool's arguments.
enum ToolSchema {
    /// An object of these properties and no others.
    static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        .object([
            .init("type", "object"),
            .init("properties", .object(properties.map { .init($0.0, $0.1) })),
            .init("required", .array(required.map { .string($0) })),
            .init("additionalProperties", false),
        ])
    }

    /// A string.
    static func text(_ description: String) -> JSONValue {
        ["type": "string", "description": .string(description)]
    }

    /// A whole number within a range.
    static func integer(_ description: String, in range: ClosedRange<Int>) -> JSONValue {
        [
            "type": "integer", "description": .string(description), "minimum": .int(range.lowerBound),
            "maximum": .int(range.upperBound),
        ]
    }

    /// Yes or no.
    static func flag(_ description: String) -> JSONValue {
        ["type": "boolean", "description": .string(description)]
    }
}
