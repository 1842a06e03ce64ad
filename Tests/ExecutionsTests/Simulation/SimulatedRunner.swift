import Agents
import EventLoop
import Foundation
import LLMConfiguration
import Logging
import StigmerProtos

@testable import Executions

/// One life of a runner, from its start to its crash, and the callers that it has.
///
/// `@unchecked Sendable`: only tasks of its simulated loop use it, which one thread runs.
final class SimulatedRunner: @unchecked Sendable {
    let loop: EventLoop
    let store: FaultyStore
    let engine: ExecutionEngine
    private let chance: Chance
    private let faults: Faults
    private let ledger: Ledger
    private let configuration: EffectiveConfiguration
    /// Callers at work.
    private(set) var callers = 0
    private(set) var hasRecovered = false
    private(set) var hasFailed = false

    init(
        time: SimulatedTime,
        disk: MemoryStore,
        begun: SlowTool.Begun,
        chance: Chance,
        faults: Faults,
        ledger: Ledger
    ) {
        loop = .simulated(time)
        store = FaultyStore(disk: disk, loop: loop, chance: chance)
        self.chance = chance
        self.faults = faults
        self.ledger = ledger
        let surroundings = Surroundings(
            now: { Date(timeIntervalSince1970: 1_795_406_706 + Double(time.now) / 1e9) },
            uptime: { time.now },
            random: { chance.bits() }
        )
        engine = ExecutionEngine(
            agent: AgentLoop(models: ScriptedModel(chance: chance, faults: faults), surroundings: surroundings),
            agents: SimulatedAgents(begun: begun, chance: chance, faults: faults),
            store: store,
            limits: ExecutionLimits(heldFinished: 5, maxWaiting: 8),
            surroundings: surroundings,
            loop: loop,
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        )
        func setting<Value>(_ value: Value) -> Setting<Value> { Setting(value, origin: "simulation") }
        configuration = EffectiveConfiguration(
            mode: setting(.local),
            provider: setting("ollama"),
            model: setting("m"),
            baseURL: setting("http://simulated"),
            apiKey: setting(nil),
            temperature: setting(nil),
            maxTokens: setting(nil),
            numCtx: setting(nil)
        )
    }

    /// Nothing is at work and nobody is there.
    var isIdle: Bool { hasRecovered && callers == 0 && engine.counts.running == 0 && ledger.remaining == 0 }

    private func caller(_ body: @escaping @Sendable () async -> Void) {
        callers += 1
        loop.spawn {
            await body()
            self.callers -= 1
        }
    }

    // MARK: What callers do

    func start() {
        caller { [self] in
            do {
                try await engine.recover(on: { loop }) { (_, _) in configuration }
            } catch {
                // The disk is full from the start on: this life is over before it began.
                hasFailed = true
                return
            }
            hasRecovered = true
            // Those who were cut come back.
            for id in ledger.ids {
                for sight in ledger.entries[id]?.sights ?? [] where !sight.hasEnd { caller { await self.watch(sight) } }
            }
            while ledger.remaining > 0 {
                try? await loop.sleep(for: chance.milliseconds(0...30))
                caller { await self.act() }
            }
        }
    }

    func shutDown() {
        caller { [self] in
            await engine.drain(grace: chance.milliseconds(0...3000), on: loop)
            try? await engine.committed()
        }
    }

    private func act() async {
        switch chance.int(1...100) {
        case ...70: await create()
        case ...82:
            guard let id = chance.pick(ledger.ids) else { return }
            let log = try? await engine.cancel(id, .requested)
            if let log, !log.isFinished { faults.found("\(id) was cancelled and has no end") }
        case ...88:
            guard let id = chance.pick(ledger.ids) else { return }
            ledger.entries[id]?.isDeleted = true
            _ = try? await engine.delete(id)
        case ...94: await list()
        default:
            guard let id = chance.pick(ledger.ids), ledger.entries[id]?.isDeleted == false else { return }
            if (try? await engine.log(of: id)) == nil { faults.found("\(id) was created and is not found") }
        }
    }

    private func create() async {
        guard ledger.remaining > 0 else { return }
        ledger.remaining -= 1
        ledger.number += 1
        let session = chance.percent(40) ? "s\(chance.int(1...4))" : ""
        var request = AgentExecution.with {
            $0.spec.message = "\(session)/\(ledger.number)"
            $0.spec.sessionID = session
            $0.spec.onBusy = chance.pick([.unspecified, .reject, .enqueue, .interrupt]) ?? .unspecified
        }
        let isDetached = chance.percent(60)
        do {
            let log: EventLog
            let execution: Execution?
            if chance.percent(25) {
                // A key of its own, or one that somebody has used, for the same request or for another.
                var key = "k\(ledger.number)"
                if chance.percent(50), let used = chance.pick(ledger.keys.keys.sorted()) {
                    key = used
                    if chance.percent(80), let message = ledger.keys[used]?.message {
                        request.spec.message = message
                        request.spec.sessionID = String(message.prefix { $0 != "/" })
                        request.spec.onBusy = .unspecified
                    }
                } else {
                    request.spec.onBusy = .unspecified
                }
                (log, execution) = try await engine.startOnce(request, key: key, configuration: configuration, on: loop)
                try await engine.committed()
                note(key, log.id, request.spec.message)
            } else {
                let started = try engine.start(request, configuration: configuration, on: loop)
                (log, execution) = (started.log, started)
                if isDetached { started.detachFromCallers() } else { started.attachCaller() }
                try await engine.committed()
            }
            ledger.add(log.id)
            for _ in 0..<chance.int(0...2) { newSight(log.id) }
            guard !isDetached, let execution else { return }
            try? await loop.sleep(for: chance.milliseconds(0...600))
            execution.callerLeft()
        } catch {
            // Refused: nothing was promised.
        }
    }

    private func note(_ key: String, _ id: String, _ message: String) {
        if let known = ledger.keys[key], known.id != id, ledger.entries[known.id]?.isDeleted == false,
            loop.now - known.time < 86_000_000_000_000
        {
            faults.found("the key \(key) led to \(known.id) and to \(id)")
        }
        if ledger.keys[key]?.id != id { ledger.keys[key] = (id, message, loop.now) }
    }

    private func list() async {
        var query = ExecutionQuery(limit: chance.int(1...20))
        var seen: [String] = []
        for _ in 0..<3 {
            guard let page = try? await engine.list(query) else { return }
            seen += page.entries.map(\.metadata.id)
            guard let next = page.next else { break }
            query.before = next
        }
        if Set(seen).count != seen.count { faults.found("an execution is listed twice") }
    }

    // MARK: Those who watch

    private func newSight(_ id: String) {
        let sight = Sight(id, faults)
        ledger.entries[id]?.sights.append(sight)
        caller { await self.watch(sight) }
    }

    private func watch(_ sight: Sight) async {
        while !sight.hasEnd {
            guard let log = try? await engine.log(of: sight.id) else {
                if ledger.entries[sight.id]?.isDeleted == false { faults.found("\(sight.id) is gone") }
                return
            }
            do {
                let reader = try log.attach(from: sight.cursor)
                defer { log.detach(reader) }
                reading: while true {
                    switch log.read(reader, limit: chance.int(1...40), { sight.see($0) }) {
                    case .ended: return
                    case .more: await Task.yield()
                    case .waiting:
                        if chance.percent(10) { break reading }
                        await reader.signal.wait()
                    }
                    if chance.percent(5) { try? await loop.sleep(for: chance.milliseconds(0...200)) }
                }
            } catch {
                faults.found("\(sight.id) cannot be read from \(sight.cursor): \(error)")
                return
            }
            try? await loop.sleep(for: chance.milliseconds(0...500))
        }
    }
}
