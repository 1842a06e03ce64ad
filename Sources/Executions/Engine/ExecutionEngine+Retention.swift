import EventLoop

/// How long executions that have ended are kept.
public struct Retention: Sendable, Equatable {
    /// From their creation on.
    public var age: Duration
    /// The oldest beyond this number are deleted too.
    public var count: Int

    /// Sets both; the defaults are 30 days and 100,000.
    public init(age: Duration = .seconds(30 * 86_400), count: Int = 100_000) {
        self.age = age
        self.count = count
    }
}

extension ExecutionEngine {
    /// So many are deleted at a time, so that commits get their turn.
    private static let batch = 100

    /// Deletes what need not be kept any longer, now and every hour, until the task is cancelled.
    public func expire(_ retention: Retention) async {
        await loop.run {
            repeat {
                await expireOnce(retention)
            } while (try? await loop.sleep(for: .seconds(3600))) != nil
        }
    }

    func expireOnce(_ retention: Retention) async {
        let now = surroundings.milliseconds
        var deleted = 0
        do throws(StoreError) {
            while true {
                let count = try await store.expire(
                    before: now - retention.age.components.seconds * 1000,
                    keeping: retention.count,
                    keysBefore: now - IdempotencyKey.lifetime,
                    limit: Self.batch
                )
                deleted += count
                if count < Self.batch || Task.isCancelled { break }
            }
            if deleted > 0 {
                logger.info("executions deleted for their age or number", metadata: ["count": "\(deleted)"])
            }
        } catch {
            logger.warning("what need not be kept cannot be deleted now: \(error.message)")
        }
    }
}
