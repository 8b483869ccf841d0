namespace ClipSharp.Server.Tests;

/// <summary>Thirty pictures of <see cref="IndexedColours"/> and one server of them for a class of tests.</summary>
public sealed class ServedColours : IAsyncLifetime
{
    internal IndexedColours Colours { get; } = new(30);

    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await Colours.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Colours.Dispose();
    }
}
