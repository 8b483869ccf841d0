namespace ClipSharp.Files;

/// <summary>Files behind links, as a cache of the hub is full of: a link's own length is that of its target's name.</summary>
internal static class LinkedFile
{
    private const int NoErrorOfSystem = unchecked((int)0x80131620);

    /// <summary>The file that a path leads to in the end.</summary>
    /// <exception cref="FileNotFoundException">The links lead in a circle.</exception>
    public static FileInfo Of(string path)
    {
        var file = new FileInfo(path);
        try
        {
            return file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        }
        catch (IOException e) when (e.HResult == NoErrorOfSystem)
        {
            throw new FileNotFoundException("the links lead in a circle", path, e);
        }
    }
}
