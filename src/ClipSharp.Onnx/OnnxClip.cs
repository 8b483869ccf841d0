using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Onnx;

/// <summary>The shortest way to a <see cref="Clip"/> that computes on ONNX Runtime.</summary>
public static class OnnxClip
{
    /// <summary>Loads a folder that <see cref="OnnxExporter"/> wrote.</summary>
    /// <param name="path">The folder, or <c>hf-hub:org/name</c> for one that was pulled.</param>
    /// <param name="threads">Threads of one forward; 0 = as many as the machine has cores.</param>
    /// <exception cref="ClipException">The folder is missing or unfit.</exception>
    public static Clip Load(string path, int threads = 0)
    {
        path = HubCache.PathOf(path, RepoType.Model);
        var folder = OnnxFolder.Open(path);
        var tokenizer = folder.FindTokenizer();
        return new Clip(new OnnxEncoder(folder, threads), () => tokenizer ?? folder.LoadTokenizer(), folder.Config,
            folder.Preprocess, folder.Fingerprint);
    }
}
