import Agents
import TestSupport
import Testing

@testable import Executions

@Suite struct MessageInProgressTests {
    private func message(_ runs: [(DeltaKind, String)]) -> MessageInProgress {
        var message = MessageInProgress()
        for (kind, text) in runs { Array(text.utf8).withUnsafeBytes { message.append(kind, $0) } }
        return message
    }

    @Test func piecesOfOneKindAreOneRun() {
        let message = message([(.text, "ab"), (.text, "c"), (.reasoning, "d"), (.text, "e")])
        #expect(message.count == 5)
        let pieces = [0, 2, 3, 4].map { message.piece(from: $0) }
        #expect(pieces.map { $0?.range } == [0..<3, 2..<3, 3..<4, 4..<5])
        #expect(pieces.map { $0?.kind } == [.text, .text, .reasoning, .text])
        #expect(message.piece(from: 5) == nil)
        #expect(message.piece(from: .max) == nil)
        #expect(message.text(.text) == "abce")
        #expect(message.text(.reasoning) == "d")
    }

    /// A long run is cut below the limit and never inside a character, wherever the limit falls.
    @Test(arguments: 0..<4)
    func aLongRunIsCutBetweenCharacters(shift: Int) {
        let limit = MessageInProgress.pieceLimit
        let text = String(repeating: "a", count: shift) + String(repeating: "😀", count: limit / 2 + 1)
        let message = message([(.text, text)])
        var offset = 0
        var pieces = 0
        while let piece = message.piece(from: offset) {
            #expect(piece.range.lowerBound == offset)
            #expect(
                piece.range.count <= limit && piece.range.count > limit - 4 || piece.range.upperBound == message.count
            )
            #expect(String(validating: message.bytes[piece.range], as: UTF8.self) != nil)
            offset = piece.range.upperBound
            pieces += 1
        }
        #expect(offset == text.utf8.count)
        #expect(pieces == 3)
    }

    @Test func whatIsClearedIsGone() {
        var message = message([(.text, "a"), (.reasoning, "b")])
        message.clear()
        #expect(message.isEmpty)
        #expect(message.piece(from: 0) == nil)
        #expect(message.text(.text).isEmpty)
        #expect(message.isBoundary(0))
        #expect(!message.isBoundary(1))
    }
}
