using System.Globalization;
using System.Numerics;

namespace ClipSharp.Weights.PyTorch;

/// <summary>Finds the state dict in what a PyTorch file holds, and names its tensors.
/// <para>The rule: the state dict is the outermost dictionary's member <c>state_dict</c>, else its member <c>model</c>, where
/// that is a dictionary, else the outermost value itself. All tensors in it count, named by keys, attributes and positions with
/// dots between. What lies beside the state dict
/// (optimiser, scaler) is not looked at; single values beside it become metadata.</para></summary>
internal sealed class TorchState
{
    private const int MaxDepth = 64;
    private const int MaxValues = 100_000;
    private const int MaxMetadataLength = 4096;
    private const int MaxNameLength = 512;

    // In the order of preference.
    private static readonly string[] StateMembers = ["state_dict", "model"];

    private readonly Dictionary<string, TorchTensor> _tensors = [];
    private readonly Dictionary<string, string> _metadata = [];
    private readonly string _path;

    /// <param name="root">The value that the pickle made.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ClipException">No tensors, or names that are no names.</exception>
    public TorchState(object? root, string path)
    {
        _path = path;
        var members = MembersOf(root);
        foreach (var (key, value) in members ?? [])
        {
            if (Text(value) is { Length: <= MaxMetadataLength } text && IsFit(key))
            {
                _metadata.TryAdd(key, text);
            }
        }

        var state = root is PickleDictionary
            ? StateMembers.Select(name => members!.FirstOrDefault(member => member.Key == name).Value)
                .FirstOrDefault(v => v is PickleDictionary) ?? root
            : root;
        Collect(state);
        if (_tensors.Count == 0)
        {
            throw Bad("The file holds no tensors", "none", "a state dict");
        }

        if (_tensors.Keys.FirstOrDefault(name => !IsFit(name)) is { } unfit)
        {
            throw Bad("A tensor's name is unfit", unfit, "a name of at most 512 bytes without control characters");
        }
    }

    public IReadOnlyDictionary<string, TorchTensor> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    // Values may be shared and may hold themselves: depth and number are bounded instead of marking what was seen, since a tensor
    // that stands in two places has two names.
    private void Collect(object? state)
    {
        var open = new Stack<(string Name, object? Value, int Depth)>([(string.Empty, state, 0)]);
        for (var count = 1; open.TryPop(out var next);)
        {
            if (next.Value is TorchTensor tensor)
            {
                if (!_tensors.TryAdd(next.Name, tensor))
                {
                    throw Bad("Two tensors have one name", next.Name, "each name once");
                }
            }
            else if (MembersOf(next.Value) is { } members)
            {
                foreach (var (key, value) in members)
                {
                    if (++count > MaxValues || next.Depth == MaxDepth)
                    {
                        throw Bad("The state dict is too deep or too large", $"{count} values, depth {next.Depth + 1}",
                            $"at most {MaxValues}, {MaxDepth} deep");
                    }

                    if (key.Length + next.Name.Length > MaxNameLength)
                    {
                        throw Bad("A name in the state dict is too long", $"{key.Length + next.Name.Length} letters",
                            $"at most {MaxNameLength}");
                    }

                    open.Push((next.Name.Length == 0 ? key : $"{next.Name}.{key}", value, next.Depth + 1));
                }
            }
        }
    }

    private List<(string Key, object? Value)>? MembersOf(object? value)
    {
        switch (value)
        {
            case PickleDictionary dictionary:
                return [.. dictionary.Items.Select(item =>
                    (Convert.ToString(item.Key, CultureInfo.InvariantCulture)!, item.Value))];
            case PickleList { Items: var list }:
                return [.. list.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item))];
            case PickleTuple { Items: var tuple }:
                return [.. tuple.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item))];
            case PickleObject { Global.Kind: PickleGlobalKind.Module, State: PickleDictionary attributes }:
                return MembersOf(attributes);
            case PickleObject { Global: { Kind: PickleGlobalKind.Module, Name: var name }, State: not null }:
                throw Bad($"The state of {name} cannot be told", "no dictionary", "its attributes by name");
            default:
                return null; // numbers, strings, and objects that hold no tensor
        }
    }

    private static string? Text(object? value) => value switch
    {
        string or long or double or bool or BigInteger => Convert.ToString(value, CultureInfo.InvariantCulture),
        _ => null,
    };

    private static bool IsFit(string name) =>
        name.Length > 0 && name != SafetensorsHeader.MetadataName && SafetensorsHeader.IsFit(name);

    private ClipException Bad(string what, string found, string expected) =>
        new(ClipError.Data, what, _path, found, expected, "Check that the file holds a model's weights.");
}
