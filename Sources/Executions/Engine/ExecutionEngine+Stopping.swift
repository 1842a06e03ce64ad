import EventLoop
import StigmerProtos
import Synchronization

extension ExecutionEngine {
    /// Stops an execution and waits for its end; harmless when it has ended.
    public func cancel(_ execution: Execution, _ reason: CancelReason) async {
        execution.cancel(reason)
        await execution.log.awaitEnd()
    }

    /// Stops an execution and waits for its end.
    ///
    /// - Returns: its log; nil if there is none with this id.
    public func cancel(_ id: String, _ reason: CancelReason) async throws(StoreError) -> EventLog? {
        guard let execution = execution(id) else { return try await log(of: id) }
        await cancel(execution, reason)
        return execution.log
    }

    /// Stops an execution if it is at work, and deletes it.
    ///
    /// - Returns: what it was; nil if there is none with this id. Of one whose log is damaged, only the id.
    public func delete(_ id: String) async throws(StoreError) -> AgentExecution? {
        var last = AgentExecution.with { $0.metadata.id = id }
        do throws(StoreError) {
            guard let log = try await cancel(id, .deleted) else { return nil }
            last = log.snapshot
        } catch {
            guard error.code == .dataLoss else { throw error }
        }
        table.withLock { table in
            table.executions[id] = nil
            table.ended.remove(id)
        }
        writer.submit(.deleted(id))
        try await writer.flush()
        return last
    }

    /// Takes no more, and waits for those at work; what is not done after `grace`, or when the calling task is
    /// cancelled, is cancelled.
    public func drain(grace: Duration, on loop: EventLoop) async {
        table.withLock { $0.isDraining = true }
        await loop.run {
            let timer = loop.schedule(after: grace) {
                self.cancelAll(.shutdown)
                self.abandonWhatCannotBeStored(on: loop)
            }
            await withTaskCancellationHandler {
                await self.awaitIdle()
            } onCancel: {
                self.cancelAll(.shutdown)
            }
            timer.cancel()
        }
    }

    func cancelAll(_ reason: CancelReason) {
        for execution in executions { execution.cancel(reason) }
    }

    /// Stops waiting for ends that the store does not take: the next runner takes those executions up.
    private func abandonWhatCannotBeStored(on loop: EventLoop) {
        loop.spawn {
            while self.table.withLock({ $0.running > 0 }) {
                do throws(StoreError) {
                    try await self.writer.flush()
                } catch {
                    let idlers = self.table.withLock { table in
                        defer { table.idlers = [] }
                        return table.idlers
                    }
                    for idler in idlers { idler.resume() }
                    return
                }
                try? await loop.sleep(for: .milliseconds(100))
            }
        }
    }

    private func awaitIdle() async {
        await withUnsafeContinuation { continuation in
            let isIdle = table.withLock { table in
                if table.running > 0 { table.idlers.append(continuation) }
                return table.running == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}
