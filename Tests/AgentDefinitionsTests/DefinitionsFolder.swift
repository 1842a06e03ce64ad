import Foundation

@testable import AgentDefinitions

/// A folder of definitions of a test's own, gone with it.
final class DefinitionsFolder: Sendable {
    let path: String
    let definitions: AgentDefinitions

    init() throws {
        path = NSTemporaryDirectory() + "agents-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        definitions = AgentDefinitions(directory: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func put(_ text: String, _ name: String) throws { try put(Data(text.utf8), name) }

    func put(_ data: Data, _ name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    /// What is wrong with the only definition, without the folder.
    func problems() -> [String] {
        definitions.list().flatMap(\.problems).map { $0.description.replacingOccurrences(of: path + "/", with: "") }
    }

    /// Why an agent does not load.
    func failure(_ id: String) -> AgentError? {
        do throws(AgentError) {
            _ = try definitions.load(id)
            return nil
        } catch {
            return error
        }
    }
}
