import EventLoop
import StigmerProtos

@testable import Executions

/// Many executions in several lives of a runner, all of which follows from a seed.
struct Simulation {
    let seed: UInt64
    /// How many executions are asked for.
    let executions: Int

    /// - Returns: what was wrong.
    func run() async -> [String] {
        let chance = Chance(seed: seed)
        let faults = Faults()
        let time = SimulatedTime()
        let disk = MemoryStore(maxBytes: .max, maxFinished: .max / 4)
        let ledger = Ledger(count: executions)
        let begun = SlowTool.Begun()
        var lives = 0
        while true {
            lives += 1
            let runner = SimulatedRunner(
                time: time,
                disk: disk,
                begun: begun,
                chance: chance,
                faults: faults,
                ledger: ledger
            )
            runner.start()
            guard ledger.remaining > 0 || lives < 3 else {
                if !live(runner, time, until: { runner.isIdle || runner.hasFailed }) {
                    faults.found("it never comes to rest")
                }
                runner.store.die()
                if runner.hasFailed { continue }
                break
            }
            let end = time.now + UInt64(chance.int(1...4000)) * 1_000_000
            _ = live(runner, time) { time.now >= end }
            if chance.percent(25), runner.hasRecovered {
                runner.shutDown()
                let patience = time.now + 60_000_000_000
                _ = live(runner, time) {
                    (runner.engine.counts.running == 0 && runner.callers == 0) || time.now > patience
                }
            }
            runner.store.die()
        }
        await check(disk, ledger, faults)
        return faults.all
    }

    private func live(_ runner: SimulatedRunner, _ time: SimulatedTime, until isDone: () -> Bool) -> Bool {
        time.run(runner.loop, until: isDone)
    }

    /// What is on the disk in the end is what everybody was told.
    private func check(_ disk: MemoryStore, _ ledger: Ledger, _ faults: Faults) async {
        for id in (try? await disk.unfinished()) ?? ["?"] {
            let stored = try? await disk.execution(id)
            let last = stored?.events.last?.event.map { "\($0)".prefix(40) } ?? "nothing"
            faults.found("\(id) has no end; its last event is \(last)")
        }
        for id in ledger.ids {
            guard let entry = ledger.entries[id] else { continue }
            guard let stored = try? await disk.execution(id) else {
                if !entry.isDeleted { faults.found("\(id) is lost") }
                continue
            }
            check(stored, faults)
            for sight in entry.sights {
                if sight.events != Array(stored.events.prefix(sight.events.count)) {
                    faults.found("\(id): what was seen is not what is stored")
                }
                if !sight.hasEnd && !entry.isDeleted { faults.found("\(id): a subscriber has not come to the end") }
            }
        }
    }

    private func check(_ stored: StoredExecution, _ faults: Faults) {
        var tokens: Int32 = 0
        for (index, event) in stored.events.enumerated() {
            if event.cursor != "\(index + 1)" { faults.found("\(stored.id): \(event.cursor) stands at \(index + 1)") }
            switch event.event {
            case .started: if index != 0 { faults.found("\(stored.id): started at \(index + 1)") }
            case .finished(let finished):
                if index != stored.events.count - 1 { faults.found("\(stored.id): something follows the end") }
                if finished.usage.outputTokens != tokens { faults.found("\(stored.id): the sum of tokens is wrong") }
            case .messageCompleted(let completed): tokens += completed.usage.outputTokens
            default: break
            }
        }
    }
}
