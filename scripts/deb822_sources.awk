# deb822 stanzas (*.sources) as "URI<tab>SUITE<tab>SIGNED-BY" lines, one for each URI and suite.
function flush_stanza(   uris, suites, u, s, nu, ns) {
  if (value["enabled"] !~ /^(no|false|0)$/ && value["types"] ~ /(^| )deb( |$)/) {
    nu = split(value["uris"], uris, / +/)
    ns = split(value["suites"], suites, / +/)
    for (u = 1; u <= nu; u++)
      for (s = 1; s <= ns; s++) print uris[u] "\t" suites[s] "\t" value["signed-by"]
  }
  delete value
  field = ""
}
/^[ \t]*$/ { flush_stanza(); next }
/^#/ { next }
/^[ \t]/ {  # a continuation: keys written out keep their lines, lists become words
  line = $0
  if (field == "signed-by") value[field] = value[field] "\\n" line
  else { gsub(/^[ \t]+|[ \t]+$/, "", line); value[field] = value[field] == "" ? line : value[field] " " line }
  next
}
{
  colon = index($0, ":")
  field = tolower(substr($0, 1, colon - 1))
  line = substr($0, colon + 1)
  gsub(/^[ \t]+|[ \t]+$/, "", line)
  gsub(/[ \t]+/, " ", line)
  value[field] = line
}
END { flush_stanza() }
