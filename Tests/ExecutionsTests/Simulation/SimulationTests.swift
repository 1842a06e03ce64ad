import Foundation
import Testing

/// Whole lives of runners by chance. A seed that fails is printed, and fails again with
/// `SIMULATION_SEED=… swift test --filter SimulationTests`; `make simulate SEEDS=1000` tries more.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment

    private static func number(_ name: String) -> Int? { environment["SIMULATION_\(name)"].flatMap { Int($0) } }

    static let seeds: [UInt64] =
        if let seed = number("SEED") { [UInt64(seed)] } else { (1...(number("SEEDS") ?? 100)).map(UInt64.init) }

    @Test func whatIsSeenIsWhatIsStoredWhateverHappens() async {
        for seed in Self.seeds {
            let simulation = Simulation(seed: seed, executions: Self.number("EXECUTIONS") ?? 150)
            let faults = await simulation.run()
            #expect(faults.isEmpty, "seed \(seed): \(faults.prefix(5).joined(separator: "; "))")
        }
    }

    @Test func aSeedGivesTheSameRunAgain() async {
        let first = await Simulation(seed: 7, executions: 60).run()
        let second = await Simulation(seed: 7, executions: 60).run()
        #expect(first == second)
    }
}
