import Executions
import Foundation
import SQLiteStore
import Testing

/// The stores that the suite is run against.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory, sqlite

    var testDescription: String { rawValue }

    /// Runs a test against a new, empty store.
    func run(_ body: (any ExecutionStore) async throws -> Void) async throws {
        switch self {
        case .memory:
            try await body(MemoryStore())
        case .sqlite:
            try await TemporaryDirectory.use { directory in
                let store = try SQLiteStore(directory: directory)
                try await body(store)
                try await store.close()
            }
        }
    }
}

/// A folder that is gone after its test.
enum TemporaryDirectory {
    static func use(_ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "store-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }
}
