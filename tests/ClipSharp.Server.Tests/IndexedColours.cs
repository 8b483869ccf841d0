using ClipSharp.Data;
using ClipSharp.Models;
using ClipSharp.Search.Collections;

namespace ClipSharp.Server.Tests;

/// <summary>An index of plain pictures, red, green and blue in turn, and the model that knows these words.</summary>
internal sealed class IndexedColours : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="count">Pictures; the first three are called by their colour alone.</param>
    public IndexedColours(int count = 3)
    {
        TinyModel.Write(_folder["model"]);
        Directory.CreateDirectory(_folder["photos"]);
        for (var i = 0; i < count; i++)
        {
            var (shade, colour) = Math.DivRem(i, ColourPictures.Names.Count);
            var name = ColourPictures.Names[colour] + (shade == 0 ? "" : FormattableString.Invariant($"-{shade:000}"));
            File.WriteAllBytes(_folder[$"photos/{name}.png"], ColourPictures.Png(colour, shade));
            File.WriteAllText(_folder[$"photos/{name}.txt"], $"something {ColourPictures.Names[colour]}");
        }

        using var clip = Clip();
        using var update = IndexUpdate.Begin(Index, [_folder["photos"]], new DataOptions());
        update.Run(clip, _folder["model"]);
    }

    /// <summary>The index.</summary>
    public string Index => _folder["index"];

    /// <summary>All of it.</summary>
    public string Folder => _folder.Path;

    /// <summary>A picture's file.</summary>
    public string Photo(string name) => _folder[$"photos/{name}"];

    /// <summary>The model.</summary>
    public Clip Clip()
    {
        var model = ModelFiles.Open(_folder["model"]);
        return new Clip(new ColourEncoder(model.LoadTokenizer()), model);
    }

    /// <summary>A server of both.</summary>
    public Task<RunningServer> StartAsync(Action<ServerOptions>? configure = null) => RunningServer.StartAsync(Clip, options =>
    {
        options.Index = Index;
        configure?.Invoke(options);
    });

    public void Dispose() => _folder.Dispose();
}
