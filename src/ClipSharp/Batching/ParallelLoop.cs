using System.Runtime.ExceptionServices;
using ClipSharp.Host;

namespace ClipSharp.Batching;

/// <summary>A loop on all cores that ends as one on a single core would.</summary>
internal static class ParallelLoop
{
    /// <summary>Does all; after an error nothing behind it is begun any more.</summary>
    /// <param name="count">How many.</param>
    /// <param name="body">Does number i; several threads call it at once.</param>
    /// <remarks>What is thrown is the error of the first that has one, whichever thread met one earlier.</remarks>
    public static void For(int count, Action<int> body)
    {
        var errors = new ExceptionDispatchInfo?[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Processors.Threads }, (i, loop) =>
        {
            try
            {
                body(i);
            }
            catch (Exception e)
            {
                errors[i] = ExceptionDispatchInfo.Capture(e);
                loop.Break(); // all before it are still done
            }
        });
        errors.FirstOrDefault(error => error is not null)?.Throw();
    }
}
