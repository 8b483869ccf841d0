using System.Globalization;

namespace ClipSharp.Transfer;

/// <summary>Waiting for a sender, but not for ever.</summary>
internal static class Patience
{
    /// <summary>How long a server may be silent unless somebody says otherwise.</summary>
    public static TimeSpan Usual { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Does something that a sender has a part in.</summary>
    /// <param name="work">What; it ends where its token says so.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancel">The user's wish to stop, which is no fault.</param>
    /// <exception cref="PassingFault">It broke off or took too long.</exception>
    public static async Task<T> HoldAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan patience, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(patience);
        try
        {
            return await work(limited.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new PassingFault(
                string.Create(CultureInfo.InvariantCulture, $"no byte for {patience.TotalSeconds:0.#} s"), inner: e);
        }
        catch (HttpRequestException e)
        {
            var isUnreachable = e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.ProxyTunnelError;
            throw new PassingFault(isUnreachable ? $"no connection ({e.Message})" : "a dropped connection",
                isUnreachable: isUnreachable, inner: e);
        }
        catch (IOException e) when (e is not (PassingFault or FileNotFoundException))
        {
            throw new PassingFault("a dropped connection", inner: e);
        }
    }
}
