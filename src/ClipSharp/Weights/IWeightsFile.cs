namespace ClipSharp.Weights;

/// <summary>An open file of weights, whatever its container. Nothing of a tensor is read before it is asked for. Safe for many
/// readers at once; the tensors' memory dies with <see cref="IDisposable.Dispose"/>, and the file must not be cut
/// meanwhile.</summary>
public interface IWeightsFile : IDisposable
{
    /// <summary>The file's path, or its name where it was read from memory.</summary>
    string FilePath { get; }

    /// <summary>What the file is, for people: "safetensors", "PyTorch zip", "TorchScript archive" or "PyTorch legacy".</summary>
    string Container { get; }

    /// <summary>The tensors by name, as they stand in the state dict.</summary>
    IReadOnlyDictionary<string, NamedTensor> Tensors { get; }

    /// <summary>What the writer said of the file, such as safetensors' metadata or a checkpoint's epoch; never to be
    /// trusted.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }
}
