import Executions
import Foundation
import StigmerProtos

/// Lists executions page by page: sizes, and tokens that lead to the next page.
struct ExecutionPages: Sendable {
    static let standardSize = 50
    static let largestSize = 100

    let engine: ExecutionEngine

    /// One page of what `query` asks for.
    ///
    /// - Parameters:
    ///   - size: 0 for the standard one; one that is too large gives the largest.
    ///   - token: as the page before said; empty for the first page.
    func page(_ query: ExecutionQuery, size: Int32, token: String) async throws(ServiceError) -> AgentExecutionList {
        guard size >= 0 else { throw .invalid("page_size is \(size): give 1 to \(Self.largestSize), or leave it out") }
        var query = query
        query.limit = size == 0 ? Self.standardSize : min(Int(size), Self.largestSize)
        if !token.isEmpty { query.before = try position(token, query) }
        do {
            let page = try await engine.list(query)
            return .with {
                $0.entries = page.entries
                $0.totalPages = Int32(clamping: (page.total + query.limit - 1) / query.limit)
                if let next = page.next { $0.nextPageToken = self.token(next, query) }
            }
        } catch {
            throw ServiceError(error)
        }
    }

    /// The token names what is listed too, so that it is not taken for a place in another list.
    private func token(_ position: Int64, _ query: ExecutionQuery) -> String {
        let text = ["1", "\(position)", "\(query.phase.rawValue)", query.session, query.tags.joined(separator: ",")]
        return Data(text.joined(separator: "\n").utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private func position(_ token: String, _ query: ExecutionQuery) throws(ServiceError) -> Int64 {
        var base64 = token.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        let lines = Data(base64Encoded: base64).map { String(decoding: $0, as: UTF8.self) }?
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard let lines, lines.count > 1, let position = Int64(lines[1]) else {
            throw .invalid("\(token.debugDescription) is no page_token: pass the next_page_token of the page before")
        }
        guard self.token(position, query) == token else {
            throw .invalid("the page_token is of another list: pass the same phase, tags and session_id as before")
        }
        return position
    }
}
