namespace ClipSharp.Batching;

/// <summary>Batches in their order; where the computation leaves room for it, the next one is made ready while one is computed,
/// never more than two at once. What a batch throws is thrown when its turn comes, after those before it were taken; nothing is
/// under way any more when a call ends.</summary>
internal static class OneAhead
{
    /// <summary>Goes through the batches.</summary>
    /// <param name="batches">The batches.</param>
    /// <param name="begin">Makes one ready, on this thread, and hands it in.</param>
    /// <param name="take">Gets each batch and its vectors.</param>
    /// <param name="isAhead">Whether the next batch is made ready while one is computed.</param>
    /// <param name="cancel">Stops between two batches.</param>
    public static void Run<T>(IEnumerable<T[]> batches, Func<T[], Task<Embeddings>> begin, Action<T[], Embeddings> take,
        bool isAhead, CancellationToken cancel)
    {
        (T[] Batch, Task<Embeddings> Vectors)? last = null;
        foreach (var batch in batches)
        {
            if (last is { Vectors: { IsCompleted: true, IsCompletedSuccessfully: false } })
            {
                break; // nobody wants what comes behind an error
            }

            var next = Begun(batch, begin, cancel);
            try
            {
                Take();
            }
            catch
            {
                ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
                throw;
            }

            last = (batch, next);
            if (!isAhead)
            {
                Take();
            }
        }

        Take();

        void Take()
        {
            if (last is var (batch, vectors))
            {
                last = null;
                take(batch, vectors.GetAwaiter().GetResult());
            }
        }
    }

    /// <summary>The same where whoever calls holds no thread.</summary>
    /// <inheritdoc cref="Run"/>
    public static async Task RunAsync<T>(IEnumerable<T[]> batches, Func<T[], Task<Embeddings>> begin,
        Action<T[], Embeddings> take, bool isAhead, CancellationToken cancel)
    {
        (T[] Batch, Task<Embeddings> Vectors)? last = null;
        foreach (var batch in batches)
        {
            if (last is { Vectors: { IsCompleted: true, IsCompletedSuccessfully: false } })
            {
                break;
            }

            var next = Begun(batch, begin, cancel);
            try
            {
                await TakeAsync().ConfigureAwait(false);
            }
            catch
            {
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            last = (batch, next);
            if (!isAhead)
            {
                await TakeAsync().ConfigureAwait(false);
            }
        }

        await TakeAsync().ConfigureAwait(false);

        async Task TakeAsync()
        {
            if (last is var (batch, vectors))
            {
                last = null;
                take(batch, await vectors.ConfigureAwait(false));
            }
        }
    }

    private static Task<Embeddings> Begun<T>(T[] batch, Func<T[], Task<Embeddings>> begin, CancellationToken cancel)
    {
        try
        {
            return cancel.IsCancellationRequested ? Task.FromCanceled<Embeddings>(cancel) : begin(batch);
        }
        catch (Exception e)
        {
            return Task.FromException<Embeddings>(e);
        }
    }
}
