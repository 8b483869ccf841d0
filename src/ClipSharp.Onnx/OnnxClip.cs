using ClipSharp.Hub;
using ClipSharp.Hub.Cache;

namespace ClipSharp.Onnx;

/// <summary>The shortest way to a <see cref="Clip"/> that computes on ONNX Runtime.</summary>
public static class OnnxClip
{
    /// <summary>Loads a model of ONNX graphs, from <see cref="OnnxExporter"/> or from others (<see
    /// cref="OnnxFolder"/>).</summary>
    /// <param name="path">The folder, or <c>hf-hub:org/name</c> for one that was pulled.</param>
    /// <param name="threads">Threads of one forward; 0 = as many as the machine has cores.</param>
    /// <param name="choice">Which graphs, and what the folder leaves open; null = those in float32, and nothing.</param>
    /// <exception cref="ClipException">The folder is missing or unfit.</exception>
    public static Clip Load(string path, int threads = 0, OnnxChoice? choice = null) =>
        Load(OnnxFolder.Open(HubCache.PathOf(path, RepoType.Model), choice), threads);

    /// <summary>Loads a model whose files were opened.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="threads">Threads of one forward; 0 = as many as the machine has cores.</param>
    /// <exception cref="ClipException">Its tokenizer is damaged.</exception>
    public static Clip Load(OnnxFolder folder, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var tokenizer = folder.FindTokenizer();
        return new Clip(new OnnxEncoder(folder, threads), () => tokenizer ?? folder.LoadTokenizer(), folder.Config,
            folder.Preprocess, folder.Fingerprint);
    }
}
