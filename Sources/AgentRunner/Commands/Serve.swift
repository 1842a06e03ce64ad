import ArgumentParser
import EventLoop
import ExecutionService
import Executions
import Foundation
import HTTPServer
import LLMConfiguration
import Logging
import SQLiteStore

/// The service.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve executions over HTTP.",
        discussion: """
            SIGTERM or Ctrl-C drains: no new work is taken, running executions may finish for the drain time, then \
            the program ends. A second one ends it at once.
            """
    )

    @OptionGroup(title: "Model") var model: ModelOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Store") var store: StoreOptions
    @OptionGroup(title: "Agents") var agents: AgentOptions
    @OptionGroup(title: "Callers") var callers: CallerOptions
    @OptionGroup(title: "TLS") var tls: TLSOptions

    @Option(help: "Write the port it listens on to this file.", completion: .file())
    var portFile: String?

    @Option(help: "How long running executions may go on after SIGTERM. STIGMER_DRAIN_TIME. (default: 30s)")
    var drainTime: String?

    @Option(help: "The least level that is logged: trace, debug, info, notice, warning, error. STIGMER_LOG_LEVEL.")
    var logLevel: String?

    func run() async throws {
        let settings = Settings()
        let tls = try tls.configuration(settings)
        let address = try callers.address(settings, tls: tls)
        let policy = try callers.policy(settings, listening: address, tls: tls)
        let retention = try store.retention(settings)
        let directory = try store.directory(settings)
        let drain = try settings.duration("drain-time", drainTime, default: .seconds(30))
        let level = try settings.value(
            "log-level",
            logLevel,
            default: .info,
            expected: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))",
            { Logger.Level(rawValue: $0.lowercased()) }
        )
        var logger = Logger(label: "agent-runner") { _ in QueuedLogHandler(sink: LogSink()) }
        logger.logLevel = level

        raiseDescriptorLimit()
        // A log that nobody reads any more is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let kept = try directory.map { (path) throws(StartError) in try open(path) }
        let runner = try Runner(
            model,
            limits,
            settings,
            agents: try agents.definitions(settings),
            workspaces: (directory ?? NSTemporaryDirectory() + "agent-runner-\(getpid())") + "/workspaces",
            store: kept ?? MemoryStore(),
            logger: logger
        )
        var configuration = HTTPServerConfiguration()
        configuration.rejectionBody = RunnerService.rejectionBody
        let service = RunnerService(
            engine: runner.engine,
            worker: runner.worker,
            models: runner.models,
            callers: policy,
            limits: try limits.serviceLimits(settings),
            logger: logger
        )
        let server = HTTPServer(group: runner.group, configuration: configuration, logger: logger) { exchange in
            await service.handle(exchange)
        }
        let certificate = tls.map { CertificateFiles(configuration: $0, logger: logger) }
        if let certificate { server.useTLS(try certificate.read()) }
        // Without TLS a SIGHUP ends the program, as that of a closed terminal should.
        let hangUps = certificate.map { certificate in HangUps { certificate.reread(for: server) } }
        defer { hangUps?.stop() }
        try await runner.recover()
        let expiry = runner.group.loops[0].spawn { [engine = runner.engine] in await engine.expire(retention) }
        defer { expiry.cancel() }
        let port = try await server.listen(on: address)
        if let portFile { try writePort(port, to: portFile) }
        let scheme = tls == nil ? "http" : "https"
        announce(runner, "\(scheme)://\(ListenAddress(host: address.host, port: port))", logger)

        let stop = StopSignals()
        await stop.first()
        logger.notice("draining: executions may go on for \(drain); another signal ends them now")
        stop.onSecond { endNow(1) }
        async let engineIsIdle: Void = runner.engine.drain(grace: drain, on: runner.group.loops[0])
        // Streams of cancelled executions still get their end.
        async let serverIsIdle: Void = server.shutDown(grace: drain + .seconds(2))
        _ = await (engineIsIdle, serverIsIdle)
        do throws(StoreError) {
            try await runner.engine.committed()
            try await kept?.close()
        } catch {
            logger.error("the store could not be closed well: \(error.message)")
        }
        logger.notice("stopped")
        await QueuedLogHandler.flush(logger)
    }

    private func open(_ directory: String) throws(StartError) -> SQLiteStore {
        do {
            return try SQLiteStore(directory: directory)
        } catch {
            throw StartError(error.message)
        }
    }

    private func writePort(_ port: UInt16, to path: String) throws {
        // Whoever waits for the file must not see it half written.
        let draft = path + ".draft"
        guard FileManager.default.createFile(atPath: draft, contents: Data("\(port)\n".utf8)),
            rename(draft, path) == 0
        else {
            throw StartError("cannot write the port to \(path): \(String(cString: strerror(errno)))")
        }
    }

    private func announce(_ runner: Runner, _ address: String, _ logger: Logger) {
        for row in runner.worker.effective.rows {
            logger.info(
                "setting",
                metadata: ["name": "\(row.name)", "value": "\(row.value)", "origin": "\(row.origin)"]
            )
        }
        logger.notice("listening on \(address)")
        // A hint in the log, not a condition: the model's server may well start after this one.
        let loop = runner.group.next()
        loop.spawn { [models = runner.models, effective = runner.worker.effective] in
            for finding in await models.check(effective, on: loop) where finding.failure != nil {
                logger.warning("\(finding.message)")
            }
        }
    }
}
