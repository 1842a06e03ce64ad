import WireJSON

extension JSONWriter {
    /// Writes `tools` as OpenAI's API has them, which Ollama's has too; nothing if there are none.
    mutating func functions(_ tools: [ModelTool]) {
        guard !tools.isEmpty else { return }
        key("tools")
        array { body in
            for tool in tools {
                body.object { body in
                    body.key("type")
                    body.string("function")
                    body.key("function")
                    body.object { body in
                        body.key("name")
                        body.string(tool.name)
                        body.key("description")
                        body.string(tool.description)
                        body.key("parameters")
                        body.value(tool.parameters)
                    }
                }
            }
        }
    }
}
