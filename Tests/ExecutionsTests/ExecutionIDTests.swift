import Agents
import Foundation
import TestSupport
import Testing

@testable import Executions

@Suite struct ExecutionIDTests {
    private func id(_ milliseconds: Double, _ random: UInt64) -> String {
        ExecutionID.make(
            Surroundings(
                now: { Date(timeIntervalSince1970: milliseconds / 1000) },
                uptime: { 0 },
                random: { random }
            )
        )
    }

    /// The ULID of the specification's own example is 01ARZ3NDEKTSV4RRFFQ69G5FAV: its time is 1469922850259 ms.
    static let exact: [(milliseconds: Double, random: UInt64, id: String)] = [
        (0, 0, "aex_00000000000000000000000000"),
        (1, 0, "aex_00000000010000000000000000"),
        (1_469_922_850_259, 0, "aex_01arz3ndek0000000000000000"),
        (281_474_976_710_655, .max, "aex_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        // 16 bits of the first number and all 64 of the second: 0001 0000000000000001.
        (0, 1, "aex_0000000000000g000000000001"),
        (-5, 0, "aex_00000000000000000000000000"),
    ]

    @Test(arguments: exact)
    func timeAndChanceAreWrittenAsAULID(row: (milliseconds: Double, random: UInt64, id: String)) {
        #expect(id(row.milliseconds, row.random) == row.id)
    }

    @Test func idsSortByTime() {
        var random = SeededRandom(seed: 7)
        let times = (0..<500).map { _ in Double(UInt64.random(in: 0..<1 << 46, using: &random)) }.sorted()
        let ids = times.map { id($0, random.next()) }
        #expect(ids == ids.sorted())
        #expect(ids.allSatisfy(ExecutionID.isValid))
        #expect(Set((0..<1000).map { _ in ExecutionID.make(.system) }).count == 1000)
    }

    @Test(arguments: [
        "", "aex_", "01arz3ndek0000000000000000", "aex_01ARZ3NDEK0000000000000000", "aex_01arz3ndek000000000000000",
        "aex_01arz3ndek00000000000000000", "aex_01arz3ndek000000000000000u", "aex_01arz3ndek000000000000000é",
    ])
    func otherTextsAreNoIDs(text: String) {
        #expect(!ExecutionID.isValid(text))
    }
}
