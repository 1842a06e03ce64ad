import WireJSON

/// A tool as its server describes it, within our limits.
struct ListedTool: Sendable, Equatable {
    let name: String
    let description: String
    let parameters: JSONValue
    /// Whether the server says that a call changes nothing.
    let isReadOnly: Bool
}

/// The tools of a server, gathered page by page.
struct ToolListing: Sendable, Equatable {
    private(set) var tools: [ListedTool] = []
    /// What was left out and why, as rests of sentences that begin with the server's name.
    private(set) var remarks: [String] = []
    /// What asks for the next page.
    private(set) var cursor: String?
    private var names: Set<String> = []
    private var omitted = 0

    /// Takes a page.
    mutating func take(_ page: JSONValue, _ limits: MCPLimits) throws(MCPFailure) {
        guard let listed = page["tools"]?.elements else {
            throw MCPFailure(.badAnswer, "answered tools/list without a list of tools")
        }
        for tool in listed { take(tool: tool, limits) }
        cursor = page["nextCursor"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        if omitted > 0 { cursor = nil }
    }

    /// Remarks what was left out for its number.
    mutating func finish(_ limits: MCPLimits) {
        if omitted > 0 { remarks.append("has more than \(limits.tools) tools: only the first are offered") }
        cursor = nil
    }

    private mutating func take(tool: JSONValue, _ limits: MCPLimits) {
        guard tools.count < limits.tools else {
            omitted += 1
            return
        }
        guard let name = tool["name"]?.text, !name.isEmpty, name.utf8.count <= 256 else {
            return remark("lists a tool without a name, or with one over 256 bytes, which is left out")
        }
        guard names.insert(name).inserted else { return remark("lists the tool “\(name)” twice") }
        let schema = tool["inputSchema"] ?? [:]
        guard schema.members != nil, schema.json.count <= limits.schemaBytes else {
            return remark(
                "describes the arguments of “\(name)” by something that is no object or is over "
                    + "\(limits.schemaBytes) bytes: the tool is left out"
            )
        }
        tools.append(
            ListedTool(
                name: name,
                description: (tool["description"]?.text ?? tool["title"]?.text ?? "")
                    .shortened(to: limits.descriptionBytes),
                parameters: Self.objectSchema(schema),
                isReadOnly: tool["annotations"]?["readOnlyHint"]?.boolean ?? false
            )
        )
    }

    private mutating func remark(_ text: String) {
        if remarks.count < 16 { remarks.append(text) }
    }

    /// Providers want an object's schema to say so, and to have properties.
    private static func objectSchema(_ schema: JSONValue) -> JSONValue {
        var members = (schema.members ?? []).filter { $0.name != "$schema" }
        if schema["type"] == nil { members.insert(.init("type", "object"), at: 0) }
        if schema["properties"]?.members == nil {
            members.removeAll { $0.name == "properties" }
            members.append(.init("properties", .object([])))
        }
        return .object(members)
    }
}
