import WireJSON

extension JSONWriter {
    /// Writes a tool's arguments where an API wants an object; arguments that are none become an empty one.
    mutating func arguments(_ arguments: String) {
        let text = Array(arguments.utf8)
        let isObject = text.withUnsafeBytes { bytes in
            (try? JSONReader.read(bytes) { reader in
                let isObject = try reader.peekKind() == .object
                try reader.skipValue()
                return isObject
            }) ?? false
        }
        value(isObject ? text : Array("{}".utf8))
    }
}
