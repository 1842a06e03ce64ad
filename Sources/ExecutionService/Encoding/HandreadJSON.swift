import StigmerProtos
import WireJSON

/// A message whose JSON is read by hand if it has the form that almost every caller sends: SwiftProtobuf, which reads
/// every form and says what is wrong with a bad one, takes five times as long.
///
/// What is read is what `init(jsonUTF8Bytes:)` would read; the tests compare the two.
protocol HandreadJSON {
    /// Nil for any other form, good or bad.
    init?(usualJSON body: [UInt8])
}

/// Stops the reading by hand.
private struct Unusual: Error {}

extension AgentExecution: HandreadJSON {
    /// Reads `{"spec":{"message":…,"execution_config":{…}}}`.
    init?(usualJSON body: [UInt8]) {
        self.init()
        do {
            try body.withUnsafeBytes { text in
                try JSONReader.read(text) { reader in
                    try reader.readObject { key, reader in
                        guard key.isUsual("spec"), !hasSpec else { throw Unusual() }
                        spec = try AgentExecutionSpec(usual: &reader)
                    }
                }
            }
        } catch {
            return nil
        }
    }
}

extension AgentExecutionSpec {
    fileprivate init(usual reader: inout JSONReader) throws {
        var message: String?
        var config: ExecutionConfig?
        try reader.readObject { key, reader in
            if key.isUsual("message"), message == nil {
                message = try reader.readString()
            } else if key.isUsual("execution_config") || key.isUsual("executionConfig"), config == nil {
                config = try ExecutionConfig(usual: &reader)
            } else {
                throw Unusual()
            }
        }
        self.init()
        if let message { self.message = message }
        if let config { executionConfig = config }
    }
}

extension ExecutionConfig {
    fileprivate init(usual reader: inout JSONReader) throws {
        var model: String?
        var temperature: Double?
        var maxTokens: Int32?
        try reader.readObject { key, reader in
            if key.isUsual("model_name") || key.isUsual("modelName"), model == nil {
                model = try reader.readString()
            } else if key.isUsual("temperature"), temperature == nil {
                temperature = try reader.readDouble()
            } else if key.isUsual("max_tokens") || key.isUsual("maxTokens"), maxTokens == nil {
                guard let number = Int32(exactly: try reader.readInt()) else { throw Unusual() }
                maxTokens = number
            } else {
                throw Unusual()
            }
        }
        self.init()
        if let model { modelName = model }
        if let temperature { self.temperature = temperature }
        if let maxTokens { self.maxTokens = maxTokens }
    }
}

extension JSONText {
    /// Whether a key is `name`, written without an escape.
    fileprivate func isUsual(_ name: StaticString) -> Bool { !isEscaped && self == name }
}
