// What columns are called in the exports of shops, mail tools and offices: letters and digits
// alone, in lower case, without accents ("Code postal" is "codepostal"). English first, then the
// languages of Europe.
#pragma once

#include <array>
#include <string_view>

namespace cdp::identity::match {

// Lists to read along, not to align.
// clang-format off

inline constexpr auto kGivenNameColumns = std::to_array<std::string_view>({
    "givenname", "firstname", "forename", "fname", "fnamec1", "fnamec2", "given", "first",
    "vorname", "prenom", "christianname", "middlename", "secondname", "forename1", "forenames",
    "firstnames", "givennames", "vornamen", "rufname", "nombres", "primernombre", "prenoms",
    "voornaam", "voornamen", "imie", "fornavn", "fornamn", "jmeno", "keresztnev", "etunimi",
    "nomeproprio"
});
inline constexpr auto kFamilyNameColumns = std::to_array<std::string_view>({
    "familyname", "surname", "lastname", "lname", "lnamec1", "lnamec2", "sname", "last", "family",
    "nachname", "maidenname", "familienname", "zuname", "lastnames", "surnames", "nomdefamille",
    "nomfamille", "nomusage", "apellido", "apellidos", "primerapellido", "segundoapellido",
    "cognome", "sobrenome", "apelido", "achternaam", "familienaam", "nazwisko", "etternavn",
    "efternamn", "efternavn", "prijmeni", "vezeteknev", "sukunimi", "soyadi", "geburtsname",
    "nomdenaissance"
});
inline constexpr auto kBirthDateColumns = std::to_array<std::string_view>({
    "dateofbirth", "dob", "birthdate", "birthday", "born", "geburtsdatum", "birth", "yearofbirth",
    "birthyear", "yob", "birthdt", "dobdate", "bday", "gebdatum", "geburtstag", "gebdat", "gebam",
    "datedenaissance", "datenaissance", "naissance", "neele", "fechadenacimiento",
    "fechanacimiento", "fnacimiento", "nacimiento", "datadinascita", "datanascita",
    "datadenascimento", "datanascimento", "geboortedatum", "dataurodzenia", "fodselsdato",
    "fodelsedatum", "fodselsdag", "datumnarozeni", "szuletesidatum", "dogumtarihi"
});
inline constexpr auto kEmailColumns = std::to_array<std::string_view>({
    "email", "emailaddress", "emailaddr", "mail", "email1", "email2", "emailadresse", "emailadress",
    "mailadresse", "adresseemail", "adressemail", "adressemel", "courriel", "mel", "correo",
    "correoelectronico", "correoe", "postaelettronica", "indirizzoemail", "emailadres", "epost",
    "epostadresse", "eposta", "adresemail", "emailid", "eaddress"
});
inline constexpr auto kPhoneColumns = std::to_array<std::string_view>({
    "phone", "phonenumber", "phone1", "phone2", "mobile", "mobilephone", "mobilenumber",
    "homephone", "workphone", "telephone", "telephonenumber", "tel", "cell", "cellphone", "telefon",
    "phoneno", "phonenum", "telno", "tel1", "tel2", "telephone1", "telephone2", "telnr",
    "telefonnummer", "telefonnr", "rufnummer", "handy", "handynummer", "mobil", "mobilnummer",
    "mobiltelefon", "festnetz", "mobileno", "mobilephonenumber", "cellnumber", "cellphonenumber",
    "contactnumber", "contactphone", "landline", "portable", "telephoneportable", "telportable",
    "gsm", "movil", "celular", "telefono", "telefonomovil", "cellulare", "telefone", "telemovel",
    "telefoonnummer", "telefoon", "mobiel", "telefonkomorkowy", "numertelefonu", "puhelin"
});
inline constexpr auto kPostcodeColumns = std::to_array<std::string_view>({
    "postcode", "postcodefake", "postalcode", "zip", "zipcode", "plz", "zippostalcode",
    "zippostcode", "postalzip", "postleitzahl", "postnummer", "postnr", "codepostal", "cp",
    "codigopostal", "codpostal", "cap", "codiceaviamento", "cep", "kodpocztowy", "psc",
    "postcodezip", "iranyitoszam"
});
inline constexpr auto kStreetColumns = std::to_array<std::string_view>({
    "street", "streetname", "streetaddress", "address", "address1", "address2", "addressline1",
    "addressline2", "addr", "strasse", "streetaddress1", "streetaddress2", "streetaddressline1",
    "streetaddressline2", "street1", "street2", "addressstreet", "strassenname", "anschrift",
    "adresse", "adresse1", "adresse2", "rue", "voie", "calle", "direccion", "domicilio",
    "indirizzo", "rua", "endereco", "morada", "straat", "straatnaam", "ulica", "adres", "gata",
    "vej", "utca", "homeaddress", "postaladdress", "mailingaddress", "residentialaddress"
});
inline constexpr auto kStreetNumberColumns = std::to_array<std::string_view>({
    "streetnumber", "streetno", "housenumber", "houseno", "hausnummer", "housenum", "housenr",
    "hausnr", "hnr", "nrue", "norue", "numerorue", "numerocivico", "civico", "huisnummer", "huisnr",
    "numerdomu", "nrdomu", "husnummer", "addressnumber", "streetnum", "addrno", "buildingnumber",
    "numero"
});
inline constexpr auto kPlaceColumns = std::to_array<std::string_view>({
    "city", "town", "suburb", "place", "locality", "village", "ort", "birthplace", "placeofbirth",
    "posttown", "cityname", "towncity", "citytown", "municipality", "stadt", "wohnort", "gemeinde",
    "ville", "commune", "localite", "ciudad", "poblacion", "municipio", "localidad", "citta",
    "comune", "cidade", "localidade", "stad", "woonplaats", "plaats", "miasto", "miejscowosc",
    "kommune", "mesto", "varos", "sehir", "hometown", "birthcity", "lieudenaissance", "geburtsort",
    "luogodinascita", "lugardenacimiento"
});
inline constexpr auto kIdentifierColumns = std::to_array<std::string_view>({
    "socsecid", "ssn", "socialsecuritynumber", "nationalid", "taxid", "passport", "passportnumber",
    "nhsnumber", "loyaltynumber", "socialsecurity", "socialsecurityno", "socsec", "nino",
    "nationalinsurancenumber", "nin", "sozialversicherungsnummer", "svnr", "steuerid", "nir", "dni",
    "nie", "codicefiscale", "bsn", "pesel", "cpf", "nif", "passportno", "driverslicense",
    "driverlicense"
});
inline constexpr auto kTextColumns = std::to_array<std::string_view>({
    "gender", "sex", "state", "region", "county", "province", "country", "department", "geschlecht",
    "occupation", "profession", "job", "nationality", "ethnicity", "middleinitial", "middleinit",
    "mi", "sexcode", "gendercode", "genderidentity", "stateprovince", "statecode", "sexe", "sexo",
    "sesso", "anrede", "salutation", "civilite", "geslacht", "plec", "bundesland", "pays", "pais",
    "beruf"
});
inline constexpr auto kFullNameColumns = std::to_array<std::string_view>({
    "fullname", "name", "personname", "customername", "contactname", "displayname",
    "firstandsurname", "firstandlastname", "billingname", "shippingname", "clientname",
    "membername", "patientname", "completename", "nomcomplet", "nomprenom", "nometprenom",
    "prenomnom", "vollername", "kundenname", "vorundnachname", "nombrecompleto", "nombreyapellidos",
    "nomecompleto", "nomeecognome", "nomecognome", "volledigenaam", "imieinazwisko", "nom",
    "nombre", "nome", "naam"
});
// A whole name where it stands alone; beside a given name the family's, and the other way about.
inline constexpr auto kHalfNameColumns = std::to_array<std::string_view>({
    "name", "nom", "nombre", "nome", "naam"
});
// Whose it is, before what it is. Not a spouse's, an employer's or a guardian's.
inline constexpr auto kOwners = std::to_array<std::string_view>({
    "defaultaddress", "customer", "client", "contact", "person", "personal", "patient", "member",
    "subscriber", "user", "guest", "billingaddress", "billing", "mailingaddress", "mailing",
    "shippingaddress", "shipping", "homeaddress", "home", "primary", "main", "current", "default",
    "kunden", "kunde", "cust"
});
// clang-format on

}  // namespace cdp::identity::match
