import Foundation
import LLMConfiguration
import Testing

@Suite("The cascade, row by row")
struct CascadeTests {
    @Test(arguments: Row.all)
    func resolvesAsTheTableSays(_ row: Row) throws {
        let world = try World(row.given)
        let configuration: EffectiveConfiguration
        do {
            let worker = try world.load()
            expectNoKey(in: worker)
            do {
                configuration = try worker.resolve(world.request)
            } catch {
                expect(error, "request", row)
                return
            }
        } catch {
            expect(error, "start", row)
            return
        }
        expectNoKey(in: configuration)
        for expected in row.then {
            guard !expected.hasPrefix("start "), !expected.hasPrefix("request ") else {
                Issue.record("expected \"\(expected)\", got \(configuration.json())")
                continue
            }
            let rows = configuration.rows.map { "\($0.name) = \($0.value) <- \($0.origin)" }
            let isThere = rows.contains { $0 == expected || $0.hasPrefix(expected + " <- ") }
            #expect(isThere, "expected \"\(expected)\" among \(rows)")
        }
    }

    @Test func hasEnoughRowsAndEachHasItsOwnName() {
        #expect(Row.all.count >= 200)
        let names = Dictionary(grouping: Row.all, by: \.name)
        #expect(names.filter { $0.value.count > 1 }.keys.sorted() == [])
    }

    private func expect(_ error: ConfigurationError, _ when: String, _ row: Row) {
        let line = "\(when) \(error.code.rawValue): \(error.message)"
        let dumped = dumpText(error)
        #expect(!dumped.contains("SECRET"), "\(dumped)")
        #expect(!error.message.contains("\n") && !error.message.isEmpty)
        #expect(row.then.count == 1)
        for expected in row.then {
            let pieces = expected.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(line.hasPrefix((pieces.first ?? "") + ":"), "expected \"\(expected)\", got \"\(line)\"")
            for part in (pieces.last ?? "").components(separatedBy: "; ") {
                #expect(error.message.contains(part), "expected \"\(part)\" in \"\(line)\"")
            }
        }
    }

    private func expectNoKey(in value: some Any) {
        let dumped = dumpText(value)
        #expect(!dumped.contains("SECRET"), "\(dumped)")
    }

    private func expectNoKey(in configuration: EffectiveConfiguration) {
        let dumped = dumpText(configuration) + configuration.json(pretty: true) + "\(configuration.rows)"
        #expect(!dumped.contains("SECRET"), "\(dumped)")
    }

    private func dumpText(_ value: some Any) -> String {
        var text = "\(value) \(String(reflecting: value))"
        dump(value, to: &text)
        return text
    }
}
